#!/usr/bin/env python3
"""Tokens a second through 32 streams of `jangwon serve` beside `jangwon bench`, which has the engine alone.

    serve_bench.py PROGRAM MODEL [--threads N] [--rounds N] [--streams N] [--tokens N]

The two take turns. MODEL needs a tokenizer whose tokens all have text, or nothing would be streamed. The server's rate counts
from the moment when every stream has begun, as the other one's decode does. Then, in steps of the engine: the first token of
a short prompt, alone and beside the streams.
"""

import argparse
import json
import os
import re
import selectors
import socket
import statistics
import subprocess
import time
import urllib.request


def bench(options):
    out = subprocess.run([options.program, "bench", "--model", options.model, "--batch", str(options.streams), "--prefill", "8",
                          "--decode", str(options.tokens), "--threads", str(options.threads), "--json"],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)["rows"][0]["decode_tokens_per_s"]


class Server:
    def __init__(self, options):
        self.options = options
        self.process = subprocess.Popen(
            [options.program, "serve", "--model", "m=" + options.model, "--port", "0", "--json", "--threads",
             str(options.threads), "--batch-size", str(options.streams)], stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["url"]
        stat = open(f"/proc/{self.process.pid}/task/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        self.loading = int(stat[11]) + int(stat[12])
        self.port = int(re.search(r":(\d+)/", self.url).group(1))

    def close(self):
        self.process.terminate()
        self.process.wait()

    def open_stream(self, number, tokens):
        prompt = [(number * 37 + i * 101) % 3000 + 300 for i in range(8)]
        body = json.dumps({"model": "m", "prompt": prompt, "max_tokens": tokens, "ignore_eos": True, "stream": True,
                           "temperature": 0}).encode()
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return connection

    def steps(self):
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics").read().decode()
        return int(re.search(r"^jangwon_steps_total (\d+)", text, re.M).group(1))

    def rate(self):
        """Tokens a second from the moment when every stream has begun."""
        streams = [self.open_stream(i, self.options.tokens) for i in range(self.options.streams)]
        select = selectors.DefaultSelector()
        for stream in streams:
            select.register(stream, selectors.EVENT_READ)
        silent, ended, begin_steps = set(streams), 0, None
        while ended < len(streams):
            for key, _ in select.select():
                data = key.fileobj.recv(1 << 16)
                if silent and b"data: {" in data:
                    silent.discard(key.fileobj)
                    if not silent:
                        begin, begin_steps = time.monotonic(), self.steps()
                if b"[DONE]" in data or not data:
                    ended += 1
                    select.unregister(key.fileobj)
                    key.fileobj.close()
        return len(streams) * (self.steps() - begin_steps) / (time.monotonic() - begin)

    def share(self):
        """Processor time of the thread that serves the connections, as a share of the one that steps the engine: unlike the
        rates it does not depend on what else the machine does."""
        ticks = {}
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            fields = open(f"/proc/{self.process.pid}/task/{task}/stat").read().rsplit(")", 1)[1].split()
            ticks[int(task)] = int(fields[11]) + int(fields[12])
        # Loading and hashing the weights was the first thread's, too.
        return (ticks.pop(self.process.pid) - self.loading) / max(ticks.values())

    def first_token_steps(self):
        def until_first():
            stream = self.open_stream(99, 2)
            data = b""
            while b"data: {" not in data:
                data += stream.recv(1 << 16)
            after = self.steps()
            stream.close()
            return after
        before = self.steps()
        alone = until_first() - before
        busy = [self.open_stream(i, 2000) for i in range(self.options.streams - 1)]
        for stream in busy:
            stream.recv(1)
        before = self.steps()
        beside = until_first() - before
        for stream in busy:
            stream.close()
        return alone, beside


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=64)
    options = parser.parse_args()
    ratios = []
    for _ in range(options.rounds):
        engine = bench(options)
        server = Server(options)
        served = max(server.rate() for _ in range(3))
        share = server.share()
        alone, beside = server.first_token_steps()
        server.close()
        ratios.append(served / engine)
        print(f"engine {engine:.1f} tokens/s, served {served:.1f}, ratio {served / engine:.3f}; connections took {100 * share:.1f} % of the engine's time; first token after {alone} steps "
              f"alone, {beside} beside {options.streams - 1} streams", flush=True)
    print(f"median ratio {statistics.median(ratios):.3f}")
