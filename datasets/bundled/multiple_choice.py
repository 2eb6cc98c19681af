"""Shared by the two multiple-choice builders: one item, its checks, and the spreading of the gold letters."""

import random


class Item:
    """One question: text, the right option, the wrong ones ("a | b | c"), a one-line reason, and, for a numeric item,
    the value that a computation gives (`computed`), which must be the number that the right option shows."""

    def __init__(self, group, question, right, wrong, reason, computed=None):
        self.group, self.question, self.right, self.reason = group, question, right, reason
        self.wrong = [option.strip() for option in wrong.split("|")]
        self.computed = computed


def check_item(item, num_options):
    options = [item.right] + item.wrong
    assert len(options) in num_options, (item.question, len(options))
    folded = ["".join(option.lower().split()) for option in options]
    assert len(set(folded)) == len(folded), ("two options are the same", item.question, options)
    for text in options + [item.question, item.reason]:
        assert text and text == text.strip(), ("blank at an end", item.question)
    assert item.reason.endswith("."), item.question
    if item.computed is not None:
        shown = [number_in(option) for option in options]
        assert shown[0] == item.computed, ("computed", item.question, item.computed, item.right)
        assert item.computed not in shown[1:], ("a wrong option is right", item.question)


def number_in(option):
    """The one number in an option: digits with an optional point, thousands separators and unit words left out."""
    kept = "".join(c for c in option.replace(",", "") if c.isdigit() or c in ".-")
    return float(kept)


def gold_positions(counts, seed):
    """For items with counts[i] options each, a position for each right option, so that every letter is used as evenly
    as the option counts allow."""
    rng = random.Random(seed)
    positions = []
    used = [0] * max(counts)
    for count in counts:
        fewest = min(used[:count])
        position = rng.choice([p for p in range(count) if used[p] == fewest])
        used[position] += 1
        positions.append(position)
    return positions


def arrange(item, position, rng):
    wrong = list(item.wrong)
    rng.shuffle(wrong)
    return wrong[:position] + [item.right] + wrong[position:]
