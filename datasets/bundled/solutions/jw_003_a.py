print("Even" if int(input()) % 2 == 0 else "Odd")
