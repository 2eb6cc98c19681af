print(len(set(input()) & set("aeiou")))
