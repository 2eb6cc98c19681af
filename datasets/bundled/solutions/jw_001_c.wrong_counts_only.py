s = input().strip()
print("Yes" if s.count("(") == s.count(")") and s.count("[") == s.count("]") and s.count("{") == s.count("}") else "No")
