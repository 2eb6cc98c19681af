#!/usr/bin/env python3
"""Whether format_loss tells what a form loses: nothing of itself, more the fewer bits it has, and much where it is wrong.

    format_loss_test.py PROGRAM

PROGRAM is format_loss.cc, built. One stand-in, whose rows are of whole groups, and the texts of its golden file.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import format_loss
from format_loss import ROOT, STAND_INS, STORED, Form, divergences, options_of, write_stored

NAME = "standin-solar-open"
SOURCE = STAND_INS[NAME]


def golden_texts():
    golden = json.loads((ROOT / f"tests/golden/stand_ins/{NAME}.json").read_text(encoding="utf-8"))
    return [{"prompt": case["rendered"], "reply": case["greedy_ids"]} for case in golden["cases"]]


class FormatLossTest(unittest.TestCase):
    program = ""

    def setUp(self):
        self.texts = golden_texts()
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.work = pathlib.Path(scratch.name)

    def losses(self, *forms):
        """Of each (form, folder) against float32. So few texts have a mean that one token decides; the median has an order."""
        reference = options_of(format_loss.REFERENCE, SOURCE)
        others = [options_of(form, folder) for form, folder in forms]
        return divergences(self.program, reference, others, self.texts)["others"]

    def test_fewer_bits_lose_more_and_a_form_nothing_of_itself(self):
        made = [Form(name, "chain", "bfloat16", weights=name) for name in ("int8", "int4:32", "int4:128")]
        exact, chain, *rest = self.losses((format_loss.REFERENCE, SOURCE), (Form("", "chain", "bfloat16"), SOURCE),
                                          *((form, SOURCE) for form in made))
        self.assertEqual(exact["mean_kl"], 0)
        self.assertEqual(exact["largest_kl"], 0)
        self.assertEqual(exact["changed_most_probable"], 0)
        order = [0, chain["median_kl"], *(loss["median_kl"] for loss in rest)]
        self.assertEqual(order, sorted(order))
        self.assertEqual(len(set(order)), len(order))
        for loss in rest:
            self.assertGreater(loss["largest_kl"], loss["mean_kl"])
            self.assertGreater(loss["standard_error"], 0)

    def test_stored_forms_are_computed_as_what_they_mean(self):
        asked = [(Form("", "chain", "bfloat16"), SOURCE)]
        for name, form in STORED.items():
            folders = [self.work / kind / name for kind in ("stored", "meant")]
            self.assertIsNotNone(write_stored(SOURCE, form, *folders), name)
            format_loss.check_stored(self.program, name, *folders, self.texts)
            asked.append((Form(name, "chain", "bfloat16"), folders[0]))
        self.assertEqual(len(asked), 10)
        chain, *rest = self.losses(*asked)
        for (form, _), loss in zip(asked[1:], rest):
            self.assertGreater(loss["median_kl"], chain["median_kl"], form.title)
            self.assertLess(loss["mean_kl"], 0.5, form.title)

    def test_a_scale_that_is_wrong_by_two_is_noticed(self):
        def spoiled(matrix):
            parts, meant = format_loss.fp8_rows(matrix)
            dtype, shape, data = parts["weight_scale"]
            doubled = [2 * scale for scale in format_loss.floats_of_bf16(data)]
            return parts | {"weight_scale": (dtype, shape, format_loss.bf16_bytes(doubled))}, meant

        folders = [self.work / kind for kind in ("stored", "meant")]
        write_stored(SOURCE, STORED["fp8-rows"]._replace(quantise=spoiled), *folders)
        self.assertGreater(self.losses((Form("", "chain", "bfloat16"), folders[0]))[0]["mean_kl"], 0.5)
        with self.assertRaisesRegex(format_loss.Failure, "nats apart"):
            format_loss.check_stored(self.program, "spoiled", *folders, self.texts)

    def test_e4m3_has_all_its_values_and_rounds_to_the_nearest(self):
        for code, value in enumerate(format_loss.E4M3):
            self.assertEqual(format_loss.to_e4m3(value), code)
        for code, (a, b) in enumerate(zip(format_loss.E4M3, format_loss.E4M3[1:])):
            self.assertEqual(format_loss.to_e4m3((a + b) / 2), code + code % 2)
        self.assertEqual(format_loss.to_e4m3(-1e9), 0xFE)

    def test_rows_that_are_no_multiple_of_the_group_are_left_out(self):
        folders = [self.work / kind for kind in ("stored", "meant")]
        self.assertIsNone(write_stored(STAND_INS["standin-k-exaone"], STORED["packed-int4-16"], *folders))
        self.assertFalse(folders[0].exists())

    def test_bad_input_is_one_sentence(self):
        path = self.work / "in.json"
        for text in ("{", "{}", '{"reference": {"folder": "/nowhere"}, "others": [], "texts": []}'):
            path.write_text(text, encoding="utf-8")
            done = subprocess.run([self.program, path], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, text)
            self.assertRegex(done.stderr, r"^format_loss: [^\n]+\n$")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: format_loss_test.py PROGRAM")
    FormatLossTest.program = sys.argv.pop(1)
    unittest.main()
