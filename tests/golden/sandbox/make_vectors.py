#!/usr/bin/env python3
"""Makes output_pairs.jsonl and python_values.jsonl: pairs judged by Python itself, for the comparisons that C++ does outside.

Run by hand with the system's Python 3.11 and numpy; seeded, so the files come out the same.
"""
import collections
import decimal
import fractions
import json
import pathlib
import random
import re

import numpy

HERE = pathlib.Path(__file__).parent
ZYGOTE = (HERE / '../../../harness/sandbox/python/zygote.py').read_text()


def judge_lines(actual, expected):
    """The rule of the official checker in Python's own words: exact decimals, line by line."""
    left, right = ([line.strip() for line in text.strip().split('\n')] for text in (actual, expected))
    if len(left) != len(right):
        return 'different'
    for a, b in zip(left, right):
        if a == b:
            continue
        try:
            x, y = ([decimal.Decimal(token) for token in line.split()] for line in (a, b))
        except decimal.InvalidOperation:
            return 'different'
        try:
            if x != y:
                return 'different'
        except decimal.InvalidOperation:
            return 'error'
    return 'equal'


def random_number(rng):
    sign = rng.choice(['', '', '', '-', '+'])
    body = rng.choice([
        lambda: str(rng.randrange(1000)), lambda: '%d.%d' % (rng.randrange(100), rng.randrange(100)),
        lambda: '0%d' % rng.randrange(10), lambda: '%d.0' % rng.randrange(10), lambda: '%de%d' % (rng.randrange(10), rng.randrange(-3, 4)),
        lambda: '%d.%dE+%d' % (rng.randrange(10), rng.randrange(10), rng.randrange(3)), lambda: '.%d' % rng.randrange(10),
        lambda: '%d.' % rng.randrange(10), lambda: '1_%03d' % rng.randrange(1000), lambda: '\u0661\u0662', lambda: '\uff11\uff12.\uff15',
        lambda: rng.choice(['inf', 'Infinity', 'INF', 'nan', 'NaN', 'sNaN', 'nan12', 'snan', 'Inf1', 'infinit']),
        lambda: '1e%d' % rng.choice([999999999999999999, 1000000000000000000, -999999999999999999, -1999999999999999997,
                                     -1999999999999999998, 99999999999999999999]),
        lambda: '0e99999999999999999999999', lambda: '0e%d' % rng.choice([10 ** 18 - 1, 10 ** 18, 1 - 2 * 10 ** 18, 3 - 2 * 10 ** 18]), lambda: '_', lambda: '1__0', lambda: '_1_', lambda: '1e', lambda: 'e1', lambda: '1.2.3', lambda: '0x10',
        lambda: '\U0001d7d9', lambda: '\u00b2', lambda: '-', lambda: '9' * 40, lambda: '100000000000000000000.000'])()
    return sign + body


def make_output_pairs(rng):
    blanks = [' ', '  ', '\t', '\r', '\x0b', '\x0c', '\x1c', '\x1f', '\x85', '\xa0', '\u1680', '\u2003', '\u2028', '\u3000']
    words = ['Yes', 'YES', 'a', '가', 'x_1', '\x00', '\u200b', '\ufeff', 'é']
    pairs = [('', ''), ('\n', ''), ('', '1'), ('1\n\n2', '1\n2'), ('1\r\n2\r\n', '1\n2'), ('1 2', '1\n2'), ('a  b', 'a b')]
    for _ in range(1500):
        def line():
            tokens = [random_number(rng) if rng.random() < .8 else rng.choice(words) for _ in range(rng.randrange(4))]
            return (rng.choice(blanks) if rng.random() < .3 else '') + rng.choice(blanks + [' '] * 10).join(tokens) + (
                rng.choice(blanks) if rng.random() < .3 else '')
        lines = [line() for _ in range(rng.randrange(1, 4))]
        other = [text if rng.random() < .6 else text.replace('0', '00', 1) if rng.random() < .3 else ' '.join(
            rng.choice([token, token + '.0', '+' + token, token + 'e0', '0' + token]) for token in text.split()) if rng.random() < .7 else line()
            for text in lines]
        pairs.append(('\n'.join(lines) + rng.choice(['', '\n', ' \n\n']), '\n'.join(other)))
    for _ in range(500):
        pairs.append((random_number(rng), random_number(rng)))
    return [{'actual': a, 'expected': b, 'verdict': judge_lines(a, b)} for a, b in pairs]


def encoder():
    """encode_value of the zygote, without its server."""
    names = {'__name__': 'zygote'}
    source = re.sub(r"(?s)if '' in sys.path:.*", '', ZYGOTE)
    exec(compile(source, 'zygote.py', 'exec'), names)
    return names['encode_value']


def judge_value(value, expected):
    if isinstance(value, tuple):
        value = list(value)
    try:
        return 'equal' if value == expected else 'different'
    except (ValueError, RecursionError):
        return 'error'


class Child(int):
    pass


def make_values(rng):
    pair = collections.namedtuple('pair', 'a b')
    fixed = [
        (None, None), (True, 1), (1, True), (1.0, 1), (0, False), (None, 0), ('', None), ([], []), ((), []), ((1, 2), [1, 2]), ([(1, 2)], [[1, 2]]),
        (2 ** 53 + 1, float(2 ** 53)), (2 ** 53, float(2 ** 53)), (2 ** 64, 2 ** 64), (-2 ** 63, -2 ** 63), (2 ** 63, 2 ** 63), (10 ** 300, 10 ** 300), (10 ** 300, 1e300),
        (int(1e300), 1e300), (-10 ** 40, 10 ** 40), (0.1 + 0.2, 0.3), (0.5, 0.5), (float('nan'), float('nan')), (float('inf'), float('inf')), (-0.0, 0),
        (1e16, 10 ** 16), (5e-324, 5e-324), ('가나', '가나'), ('\ud800', '\ud800'), ('a', ['a']), ({1}, [1]), (range(2), [0, 1]), (collections.deque([1]), [1]), (b'a', 'a'),
        (bytearray(b'a'), 'a'), ({'a': 1}, {'a': 1}), ({'a': 1, 'b': 2}, {'b': 2, 'a': 1}), ({1: 2}, {'1': 2}), ({'a': 1}, {'a': 2}), ({}, {}),
        (collections.Counter('aab'), {'a': 2, 'b': 1}), (collections.defaultdict(int, {'a': 1}), {'a': 1}), (collections.OrderedDict(a=1), {'a': 1}),
        (fractions.Fraction(1, 2), 0.5), (fractions.Fraction(4, 2), 2), (fractions.Fraction(1, 3), 1 / 3), (decimal.Decimal('0.1'), 0.1), (decimal.Decimal('1.0'), 1),
        (decimal.Decimal('NaN'), 1), (decimal.Decimal('Infinity'), float('inf')), (1 + 0j, 1), (1 + 1j, 1), (Child(3), 3), ([Child(3)], [3]), (pair(1, 2), [1, 2]), ([pair(1, 2)], [[1, 2]]),
        (numpy.int64(3), 3), (numpy.float64(.5), .5), (numpy.bool_(True), True), (numpy.str_('a'), 'a'), (numpy.array([5]), 5), (numpy.array([5]), [5]), (numpy.array([5]), 6),
        (numpy.array([1, 2]), [1, 2]), ([numpy.int64(1), numpy.int32(2)], [1, 2]), (numpy.array([[7]]), [[7]]), (object(), 1), (lambda: 1, 1), (iter([1]), [1]), ([[[]]], [[[]]]),
        (sys_depth(100), sys_depth(100)), (sys_depth(100), sys_depth(99)), ('x' * 300, 'x' * 300), ([1, [2, [3]]], [1, [2, [3.0]]]), (Ellipsis, 1), (float('-inf'), float('inf'))]

    def value(depth):
        kinds = ['int', 'int', 'float', 'str', 'bool', 'none', 'big'] + (['list'] * 3 + ['tuple', 'dict'] if depth else [])
        kind = rng.choice(kinds)
        if kind == 'int':
            return rng.randrange(-3, 4)
        if kind == 'float':
            return rng.choice([0.0, 1.0, 0.5, 1e20, -2.0])
        if kind == 'str':
            return rng.choice(['', 'a', '1', '가'])
        if kind == 'bool':
            return rng.random() < .5
        if kind == 'none':
            return None
        if kind == 'big':
            return rng.choice([2 ** 31, -2 ** 31, 2 ** 32, 10 ** 20, 2 ** 62, -2 ** 64])
        if kind == 'dict':
            return {rng.choice(['a', 'b', 'c', 1]): value(depth - 1) for _ in range(rng.randrange(3))}
        items = [value(depth - 1) for _ in range(rng.randrange(4))]
        return tuple(items) if kind == 'tuple' else items

    random_pairs = []
    for _ in range(600):
        a = value(3)
        random_pairs.append((a, json.loads(json.dumps(a if rng.random() < .7 else value(3)))))
    encode = encoder()
    rows = []
    for a, b in fixed + random_pairs:
        if isinstance(b, (list, dict, str, float, int, type(None))):
            rows.append({'encoded': encode(a).hex(), 'expected': json.dumps(b), 'verdict': judge_value(a, b)})
    return rows


def sys_depth(depth):
    nest = []
    for _ in range(depth):
        nest = [nest]
    return nest


def write(name, rows):
    with open(HERE / name, 'w', encoding='ascii') as file:
        for row in rows:
            file.write(json.dumps(row) + '\n')


if __name__ == '__main__':
    generator = random.Random(1)
    write('output_pairs.jsonl', make_output_pairs(generator))
    write('python_values.jsonl', make_values(generator))
