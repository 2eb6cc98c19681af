"""Other people's clients against `jangwon serve`: what they get is what a run of the embedded engine recorded.

    serve_clients.py openai|lm_eval|inspect URL MODEL SAMPLES.jsonl WORK_FOLDER

SAMPLES.jsonl is the journal of a greedy run of the same model on chats of one question. Exit code 77: the package is
not there. tests/e2e/serve_test.cc calls it.
"""

import glob
import importlib.util
import json
import os
import subprocess
import sys
import urllib.request

MAX_TOKENS = 1024


def read_questions(path):
    """The user's words, the answer and the thinking of every chat of one message."""
    questions = []
    for line in open(path):
        row = json.loads(line)
        begin, end = "<|user|>\n", "<|endofturn|>\n<|assistant|>"
        text = row["prompt_text"]
        if text.startswith(begin) and text.count(begin) == 1 and end in text:
            reply = row["completion"]
            questions.append({"id": len(questions) + 1, "raw": text, "question": text[len(begin):text.rindex(end)],
                              "answer": reply["answer_text"], "reasoning": reply["reasoning"], "text": reply["text"]})
    assert questions, "no chat of one message in " + path
    return questions


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: got {got!r}, and the run has {expected!r}")


def ask_openai(url, model, questions, folder):
    from openai import BadRequestError, NotFoundError, OpenAI
    client = OpenAI(base_url=url, api_key="none", max_retries=0)
    for q in questions:
        call = dict(model=model, messages=[{"role": "user", "content": q["question"]}], max_tokens=MAX_TOKENS, temperature=0)
        message = client.chat.completions.create(**call).choices[0].message
        check("content", message.content, q["answer"])
        check("reasoning", getattr(message, "reasoning_content", ""), q["reasoning"])
        content = reasoning = ""
        for chunk in client.chat.completions.create(**call, stream=True, stream_options={"include_usage": True}):
            for choice in chunk.choices:
                content += choice.delta.content or ""
                reasoning += getattr(choice.delta, "reasoning_content", None) or ""
        check("streamed content", content, q["answer"])
        check("streamed reasoning", reasoning, q["reasoning"])
        text = client.completions.create(model=model, prompt=q["raw"], max_tokens=MAX_TOKENS, temperature=0)
        check("text", text.choices[0].text, q["text"])
    for error, wrong in ((NotFoundError, dict(call, model="no model")), (BadRequestError, dict(call, max_tokens=10**6))):
        try:
            client.chat.completions.create(**wrong)
            sys.exit(f"{error.__name__} was expected")
        except error:
            pass
    check("models", [m.id for m in client.models.list()], [model])


def run_lm_eval(kind, path, task, url, model, folder, more=(), arguments=""):
    out = os.path.join(folder, "out_" + task)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OPENAI_API_KEY": "none"}
    subprocess.run([sys.executable, "-m", "lm_eval", "--model", kind, "--tasks", task, "--include_path", folder, "--model_args",
                    f"model={model},base_url={url}{path},num_concurrent=8,max_retries=1,max_length=4096{arguments}",
                    "--output_path", out, "--log_samples", *more],
                   env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (samples,) = glob.glob(out + "/**/samples_*", recursive=True)
    return [json.loads(line) for line in open(samples)]


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))


def score(url, model, context, continuation):
    """The log-probability of the continuation, by one call; service_test.cc holds such a call to the engine's scoring."""
    root = url.removesuffix("/v1")
    before = post(root + "/tokenize", {"prompt": context.rstrip(), "add_special_tokens": False})["count"]
    ids = post(root + "/tokenize", {"prompt": context + continuation, "add_special_tokens": False})["tokens"]
    reply = post(url + "/completions", {"model": model, "prompt": ids, "max_tokens": 0, "echo": True, "logprobs": 0})
    return sum(reply["choices"][0]["logprobs"]["token_logprobs"][before:])


def ask_lm_eval(url, model, questions, folder):
    documents = os.path.join(folder, "documents.jsonl")
    with open(documents, "w") as file:
        for q in questions:
            file.write(json.dumps(q, ensure_ascii=False) + "\n")
    data = f"dataset_path: json\ndataset_kwargs:\n  data_files: {{test: {documents}}}\ntest_split: test\n"
    generate = ("output_type: generate_until\nmetric_list:\n  - {metric: exact_match}\n"
                f"generation_kwargs: {{until: [], max_gen_toks: {MAX_TOKENS}, do_sample: false, temperature: 0}}\n")
    tasks = {
        "jw_chat": "doc_to_text: '{{question}}'\ndoc_to_target: '{{answer}}'\n" + generate,
        "jw_text": "doc_to_text: '{{raw}}'\ndoc_to_target: '{{text}}'\n" + generate,
        "jw_choice": "doc_to_text: '{{raw}}'\ndoc_to_target: 0\ndoc_to_choice: '{{[text, \"정답: A\"]}}'\n"
                     "target_delimiter: ''\noutput_type: multiple_choice\nmetric_list:\n  - {metric: acc}\n",
    }
    for name, text in tasks.items():
        with open(os.path.join(folder, name + ".yaml"), "w") as file:
            file.write(f"task: {name}\n" + data + text)
    for sample in run_lm_eval("local-chat-completions", "/chat/completions", "jw_chat", url, model, folder,
                              ["--apply_chat_template"]):
        check("lm_eval chat", sample["resps"][0][0], sample["doc"]["answer"])
    arguments = ",tokenizer_backend=remote"
    for sample in run_lm_eval("local-completions", "/completions", "jw_text", url, model, folder, (), arguments):
        check("lm_eval text", sample["resps"][0][0], sample["doc"]["text"])
    for sample in run_lm_eval("local-completions", "/completions", "jw_choice", url, model, folder, (), arguments):
        for choice, reply in zip((sample["doc"]["text"], "정답: A"), sample["resps"]):
            check("lm_eval log-probability", float(reply[0][0]), score(url, model, sample["doc"]["raw"], choice))


def ask_inspect(url, model, questions, folder):
    import inspect_ai
    from inspect_ai.dataset import Sample
    from inspect_ai.solver import generate
    os.environ.update(OPENAI_BASE_URL=url, OPENAI_API_KEY="none")
    task = inspect_ai.Task(dataset=[Sample(id=q["id"], input=q["question"]) for q in questions], solver=generate())
    (log,) = inspect_ai.eval(task, model="openai/" + model, model_args={"responses_api": False}, temperature=0,
                             max_tokens=MAX_TOKENS, log_dir=os.path.join(folder, "inspect"), display="none")
    check("inspect", log.status, "success")
    for sample in log.samples:
        content = sample.output.choices[0].message.content
        parts = [] if isinstance(content, str) else content
        text = content if isinstance(content, str) else "".join(p.text for p in parts if p.type == "text")
        question = questions[sample.id - 1]
        check("inspect answer", text, question["answer"])
        check("inspect reasoning", "".join(p.reasoning for p in parts if p.type == "reasoning"), question["reasoning"])


CLIENTS = {"openai": ask_openai, "lm_eval": ask_lm_eval, "inspect": ask_inspect}
PACKAGES = {"openai": "openai", "lm_eval": "lm_eval", "inspect": "inspect_ai"}

if __name__ == "__main__":
    client, url, model, samples, folder = sys.argv[1:]
    if importlib.util.find_spec(PACKAGES[client]) is None:
        sys.exit(77)
    CLIENTS[client](url, model, read_questions(samples), folder)
