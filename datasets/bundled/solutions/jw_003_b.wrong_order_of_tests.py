n = int(input())
for i in range(1, n + 1):
    if i % 3 == 0:
        print("Pin")
    elif i % 5 == 0:
        print("Pon")
    elif i % 15 == 0:
        print("PinPon")
    else:
        print(i)
