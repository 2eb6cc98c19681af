from collections import Counter


class Solution:
    def mostUsed(self, words: List[str], k: int) -> List[str]:
        return [word for word, _ in Counter(words).most_common(k)]
