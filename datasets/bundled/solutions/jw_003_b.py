n = int(input())
for i in range(1, n + 1):
    word = ("Pin" if i % 3 == 0 else "") + ("Pon" if i % 5 == 0 else "")
    print(word or i)
