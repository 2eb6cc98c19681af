class Solution:
    def mostUsed(self, words: List[str], k: int) -> List[str]:
        count = {}
        for word in words:
            count[word] = count.get(word, 0) + 1
        return sorted(count, key=lambda word: (-count[word], word))[:k]
