#!/usr/bin/env python3
"""Render published chat templates with transformers and with `jangwon models render`, and print what differs.

    chat_templates.py JANGWON TEMPLATE.jinja…

Every template meets 25 conversations (system and developer turns, thinking, tool calls in both spellings, content in parts, images,
roles in the wrong order, nothing at all) under 7 sets of options. Where transformers raises, jangwon must refuse.
Needs transformers and jinja2.
"""
import copy
import json
import pathlib
import subprocess
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "도시의 날씨를 알려 준다 <b>&\"'",
    "parameters": {"type": "object", "required": ["city"], "properties": {
        "city": {"type": "string", "description": "City name"},
        "unit": {"type": ["string", "null"], "enum": ["c", "f"]},
        "days": {"type": "integer", "default": 3}}},
    "return": {"type": "object", "description": "weather"}}}
ADD = {"type": "function", "function": {
    "name": "add", "description": "Adds", "parameters": {"type": "object", "required": ["a", "b"], "properties": {
        "a": {"type": "number"}, "b": {"type": "array", "items": {"type": "number"}},
        "o": {"type": "object", "properties": {"x": {"type": "boolean"}}}}}}}


def turn(role, content, **more):
    return dict(role=role, content=content, **more)


def call(name, arguments, call_id="call12345"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


USER, SYSTEM = turn("user", "안녕? What's 2+2?"), turn("system", "You are  helpful.\n")
REPLY, INLINE = turn("assistant", "It is 4."), turn("assistant", "<think>\nhmm\n</think>\n\nanswer")
THOUGHT = turn("assistant", "answer", reasoning_content="thought", reasoning="thought", thinking="thought")
ONE_CALL = turn("assistant", "", tool_calls=[
    call("get_weather", {"city": "서울", "days": 2, "ok": True, "n": None, "f": 1.5, "l": [1, "a"]})])
TWO_CALLS = turn("assistant", None, tool_calls=[
    call("get_weather", '{"city": "Busan"}'), call("add", {"a": 1, "b": [1.0, 2e10]}, "call67890")])
RESULT = turn("tool", '{"temp": 3}', tool_call_id="call12345", name="get_weather")
SUM = turn("tool", "5", tool_call_id="call67890", name="add")
PARTS = turn("user", [{"type": "text", "text": "part one "}, {"type": "text", "text": "part two"}])
IMAGE = turn("user", [{"type": "image"}, {"type": "text", "text": "see"}])
CONVERSATIONS = [
    [USER], [SYSTEM, USER], [USER, REPLY, USER], [SYSTEM, USER, REPLY, USER], [SYSTEM, USER, INLINE, USER],
    [SYSTEM, USER, THOUGHT, USER], [SYSTEM, USER, ONE_CALL, RESULT], [SYSTEM, USER, ONE_CALL, RESULT, REPLY, USER],
    [USER, TWO_CALLS, RESULT, SUM], [PARTS], [SYSTEM, PARTS, REPLY, PARTS], [IMAGE], [REPLY, USER], [USER, USER], [SYSTEM], [],
    [turn("developer", "dev"), USER], [USER, turn("banana", "x")], [USER, REPLY], [turn("user", "")], [USER, THOUGHT],
    [USER, turn("assistant", [{"type": "text", "text": "list answer"}]), USER], [turn("user", "  \n trim me \t ")],
    [SYSTEM, SYSTEM, USER], [USER, ONE_CALL, RESULT, THOUGHT, USER, ONE_CALL, RESULT]]
OPTIONS = [
    {}, {"add_generation_prompt": True}, {"add_generation_prompt": True, "tools": [WEATHER, ADD]},
    {"add_generation_prompt": True, "enable_thinking": False},
    {"add_generation_prompt": True, "enable_thinking": True, "thinking": True, "reasoning_effort": "high", "thinking_budget": 512},
    {"add_generation_prompt": True, "tools": [WEATHER], "documents": [{"title": "T", "text": "doc text"}],
     "date_string": "26 Jul 2026", "current_date": "2026-07-26"},
    {"add_generation_prompt": True, "reasoning_effort": "none", "thinking": False, "builtin_tools": ["browser", "python"],
     "model_identity": "X"}]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "add_generation_prompt": False}
CONTEXTS = [{**TOKENS, "messages": messages, **options} for messages in CONVERSATIONS for options in OPTIONS]


def expected(source):
    try:
        template = _compile_jinja_template(source)
    except Exception as error:  # whatever it raises, ours must refuse
        return [{"error": str(error)}] * len(CONTEXTS)
    rows = []
    for context in CONTEXTS:
        try:
            rows.append({"output": template.render(**copy.deepcopy(context))})
        except Exception as error:
            rows.append({"error": f"{type(error).__name__}: {error}"})
    return rows


def main() -> int:
    program, templates = sys.argv[1], sys.argv[2:]
    lines = "".join(json.dumps({"context": context}, ensure_ascii=False) + "\n" for context in CONTEXTS)
    agreed = 0
    for path in templates:
        ours = subprocess.run([program, "models", "render", path, "--jsonl", "-", "--json"], input=lines.encode(),
                              stdout=subprocess.PIPE, check=False).stdout.decode().splitlines()
        theirs = expected(pathlib.Path(path).read_text(encoding="utf-8"))
        equal = 0
        for want, line in zip(theirs, ours):
            got = json.loads(line)
            if want.get("output") == got.get("output"):
                equal += 1
            elif len(ours) - equal < 3:
                print(f"  theirs {want}\n  ours   {got}")
        agreed += equal
        print(f"{pathlib.Path(path).name}: {equal} of {len(theirs)}, {sum('error' in row for row in theirs)} of them refused")
    total = len(templates) * len(CONTEXTS)
    print(f"{agreed} of {total}")
    return 0 if agreed == total else 1


if __name__ == "__main__":
    sys.exit(main())
