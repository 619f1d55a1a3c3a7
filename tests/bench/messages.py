# SPDX-License-Identifier: MIT
"""What messages.sh prints, one "key value" line each.
usage: messages.py BUILD_DIRECTORY [MESSAGES [STORED]]"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.path.abspath(sys.argv[1])
MESSAGES = int(sys.argv[2]) if len(sys.argv) > 2 else 200000
STORED = int(sys.argv[3]) if len(sys.argv) > 3 else 1000000
HULLO = os.path.join(BUILD, "src", "hullo")
BENCH = os.path.join(BUILD, "tests", "bench")
TURNS = 20


def show(key, value):
    print(key, "%.1f" % value if value < 100 else "%.0f" % value, flush=True)


def start(home, *argv, **options):
    env = {**os.environ, "HULLO_HOME": home, "LC_ALL": "C.UTF-8"}
    return subprocess.Popen([HULLO, *argv], env=env, **options)


def finish(process, *good):
    """The resources that it has used; it must have ended well."""
    _, how, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(how)
    if process.returncode not in (good or (0,)):
        sys.exit("%s: exit status %d" % (process.args[1], process.returncode))
    return usage


def memory(process):
    """Its largest resident memory so far, in MB. What wait4() says counts this program's own,
    from before the child became another one."""
    with open("/proc/%d/status" % process.pid, encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) / 1024


class Watch(threading.Thread):
    """Follows the memory of processes as long as they run."""

    def __init__(self, **processes):
        super().__init__(daemon=True)
        self.processes = processes
        self.most = dict.fromkeys(processes, 0.0)
        self.start()

    def run(self):
        while True:
            for name, process in self.processes.items():
                try:
                    self.most[name] = max(self.most[name], memory(process))
                except OSError:
                    pass
            time.sleep(0.05)


def listen(home, *options, out=subprocess.DEVNULL):
    """hullo listen, and the port that it has got."""
    errors = tempfile.TemporaryFile()
    process = start(home, "listen", "--pair", "--listen", "127.0.0.1:0", *options, stdout=out,
                    stderr=errors)
    while True:
        errors.seek(0)
        said = errors.read().decode()
        if "listening on" in said and said.endswith("\n"):
            return process, said.split("listening on ")[1].split()[0]
        if process.poll() is not None:
            sys.exit("listen: " + said)
        time.sleep(0.0005)


def stop(process):
    process.terminate()
    return finish(process, 128 + 15)


def throughput(root):
    """seq MESSAGES | hullo send PEER, into hullo listen --count MESSAGES."""
    homes = [os.path.join(root, name) for name in ("author", "reader")]
    heard, said = os.path.join(root, "heard"), os.path.join(root, "said")
    for home in homes:
        os.mkdir(home, 0o700)
    with open(said, "w", encoding="ascii") as file:
        file.writelines("%d\n" % i for i in range(1, MESSAGES + 1))
    with open(heard, "wb") as out, open(said, "rb") as lines:
        reader, there = listen(homes[1], "--count", str(MESSAGES), out=out)
        before = time.monotonic()
        author = start(homes[0], "send", there, stdin=lines)
        watch = Watch(author=author, reader=reader)
        usages = [finish(author)]
        took = time.monotonic() - before
        usages.append(finish(reader))
    with open(heard, "rb") as file:
        numbers = [int(line.rsplit(b": ", 1)[1]) for line in file]
    if numbers != list(range(1, MESSAGES + 1)):
        sys.exit("not all, not once or not in order")
    show("delivered_per_s", MESSAGES / took)
    for name, usage in zip(("author", "reader"), usages):
        show(name + "_cpu_s", usage.ru_utime + usage.ru_stime)
        show(name + "_memory_mb", watch.most[name])
    show("cpu_us_per_message",
         sum(u.ru_utime + u.ru_stime for u in usages) * 1e6 / MESSAGES)
    show("bytes_on_disk_per_message", sum(
        os.path.getsize(os.path.join(home, name)) for home in homes
        for name in os.listdir(home) if os.path.isfile(os.path.join(home, name))) / 2 / MESSAGES)


def one_at_a_time(root):
    """hullo send PEER TEXT, from its start until the peer's disk has it, with and without a
    process of the author's that is connected already."""
    author, reader = (os.path.join(root, name) for name in ("author", "reader"))
    listener, there = listen(reader)
    for name in ("send_alone", "send_through_another"):
        helper = listen(author)[0] if name != "send_alone" else None
        times = []
        for _ in range(TURNS):
            before = time.monotonic()
            finish(start(author, "send", there, "hello", stdin=subprocess.DEVNULL))
            times.append((time.monotonic() - before) * 1e3)
        show(name + "_ms", statistics.median(times))
        if helper:
            stop(helper)
    stop(listener)


def timed(home, *argv):
    """Median time of a command, in ms."""
    times = []
    for _ in range(TURNS):
        before = time.monotonic()
        finish(start(home, *argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL), 0, 1)
        times.append((time.monotonic() - before) * 1e3)
    return statistics.median(times)


def start_up(home, name):
    """How long until hullo listens and until the last of the history is printed."""
    times = []
    for _ in range(TURNS):
        before = time.monotonic()
        process, _ = listen(home)
        times.append((time.monotonic() - before) * 1e3)
        used = memory(process)
        stop(process)
    show(name + "_listen_ms", statistics.median(times))
    show(name + "_listen_memory_mb", used)
    show(name + "_history_ms", timed(home, "history", "--limit", "50"))


def searches(home):
    for name, words in (("rare", "needle"), ("common", "koko"), ("two", "koko miko"), ("none", "absent")):
        show("search_%s_ms" % name, timed(home, "search", words))
    helper, _ = listen(home)
    show("search_rare_through_another_ms", timed(home, "search", "needle"))
    stop(helper)


def main():
    root = tempfile.mkdtemp(prefix="hullo-bench-", dir=BUILD)
    try:
        subprocess.run([os.path.join(BENCH, "commit-rate"), root], check=True)
        throughput(root)
        one_at_a_time(root)
        empty, full = os.path.join(root, "empty"), os.path.join(root, "full")
        for home in (empty, full):
            os.mkdir(home, 0o700)
        start_up(empty, "empty")
        subprocess.run([os.path.join(BENCH, "fill-store"), os.path.join(full, "hullo.db"),
                        str(STORED)], check=True)
        show("stored_mb", os.path.getsize(os.path.join(full, "hullo.db")) / 1e6)
        start_up(full, "full")
        searches(full)
    finally:
        shutil.rmtree(root)


main()
