print("Odd" if int(input()) % 2 == 0 else "Even")
