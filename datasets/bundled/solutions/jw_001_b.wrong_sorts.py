print("".join(sorted(input(), reverse=True)))
