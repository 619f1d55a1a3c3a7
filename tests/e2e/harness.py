# SPDX-License-Identifier: MIT
"""Starts real programs, waits for what they print, and ends all of them, whatever happens.

Nothing here sleeps for a fixed time: every wait is for a condition, with a deadline. Children are
leaders of their own process group, which is killed at the end of each test, and they die with the
runner (PR_SET_PDEATHSIG), so that a test which is itself killed leaves nobody behind. Nor does one
whose child spins and cannot be reached: a child gets as much processor time as a test may take.
"""
import ctypes
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HULLO = os.environ.get("HULLO", os.path.join(ROOT, "build", "dev", "src", "hullo"))
PEERS = os.path.join(ROOT, "tests", "peers")

# Sanitizers and a loaded machine make everything slower, never different.
SLOWNESS = float(os.environ.get("HL_TEST_SLOWNESS", "1"))
SANITIZED = SLOWNESS > 1
# Its runtime has a thread that wakes up by itself, and holds signals back while a call waits.
THREAD_SANITIZED = "thread" in os.environ.get("HL_TEST_SANITIZE", "")
DEADLINE = 10.0 * SLOWNESS
# How long nothing must happen before "nothing comes" is believed.
QUIET = 0.3

SKIPPED = 77
PR_SET_PDEATHSIG = 1
# Seconds, the TIMEOUT of CMakeLists.txt. A program under LeakSanitizer whose tracer is killed at the
# wrong moment waits for it in a loop, for ever.
CPU_MAX = 300
libc = ctypes.CDLL(None, use_errno=True)

CHINESE = "你好，世界"
EMOJI = "👋🌍"
ARABIC = "مرحبا بالعالم"
# tmux leaves the order of right-to-left text to the program: the first letter is rightmost.
ARABIC_DRAWN = ARABIC[::-1]


def die_with_runner():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX, CPU_MAX))


homes = tempfile.mkdtemp(prefix="hullo-homes-")
# Sanitizers write here and not among what a program prints.
reports = tempfile.mkdtemp(prefix="hullo-reports-")


def environment(**extra):
    """What children see: UTF-8, no settings of whoever runs the tests."""
    env = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        env[key] = "%s:log_path=%s/report" % (os.environ.get(key, ""), reports)
    # A home of its own: the key in there is who it is.
    env.update(HULLO_HOME=tempfile.mkdtemp(dir=homes), LC_ALL="C.UTF-8", TERM="dumb", PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1")
    env.update(extra)
    return env


def free_port(family=socket.AF_INET, host="127.0.0.1"):
    """A port that was free for UDP and for TCP a moment ago, for programs that cannot say which
    one the system chose for them."""
    while True:
        with socket.socket(family, socket.SOCK_DGRAM) as udp, \
                socket.socket(family, socket.SOCK_STREAM) as tcp:
            udp.bind((host, 0))
            try:
                tcp.bind((host, udp.getsockname()[1]))
            except OSError:
                continue
            return udp.getsockname()[1]


def wait_until(condition, what, deadline=None):
    """Polls condition() until it is true and returns its value."""
    end = time.monotonic() + (deadline or DEADLINE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("gave up waiting for " + (what() if callable(what) else what))
        time.sleep(0.01)


class Process:
    """A program with pipes. Its output, errors included, is collected as it comes; expect() walks
    through it and never looks back."""

    def __init__(self, argv, env=None, cwd=None, stdin=subprocess.PIPE, prefix=()):
        self.argv = list(prefix) + list(argv)
        self.output = b""
        self.mark = 0
        self.ended = False
        self.news = threading.Condition()
        self.child = subprocess.Popen(
            self.argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
            env=env or environment(), cwd=cwd, start_new_session=True, preexec_fn=die_with_runner)
        self.reader = threading.Thread(target=self.collect, daemon=True)
        self.reader.start()

    def collect(self):
        while True:
            piece = os.read(self.child.stdout.fileno(), 65536)
            with self.news:
                self.output += piece
                self.ended = not piece
                self.news.notify_all()
            if not piece:
                return

    def __str__(self):
        return "%s (%s), which has printed in the end:\n%s" % (
            " ".join(self.argv), "runs" if self.alive() else "exit %s" % self.child.poll(),
            self.output[-2000:].decode(errors="backslashreplace"))

    def alive(self):
        return self.child.poll() is None

    def say(self, text):
        self.write(text.encode() + b"\n")

    def write(self, data):
        while data:
            data = data[os.write(self.child.stdin.fileno(), data):]

    def end_of_input(self):
        self.child.stdin.close()

    def expect(self, pattern, deadline=None):
        """Waits for the regular expression (text or bytes) after what earlier calls matched."""
        wanted = pattern if isinstance(pattern, bytes) else pattern.encode()
        wanted = re.compile(wanted, re.MULTILINE)
        end = time.monotonic() + (deadline or DEADLINE)
        with self.news:
            while True:
                match = wanted.search(self.output, self.mark)
                if match:
                    self.mark = match.end()
                    return match
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError("%r never came from %s" % (pattern, self))
                self.news.wait(left)

    def expect_text(self, text, deadline=None):
        return self.expect(re.escape(text), deadline)

    def expect_not(self, text):
        """The text has not come, and does not come in a short while, from a program that runs."""
        end = time.monotonic() + QUIET
        with self.news:
            while text.encode() not in self.output[self.mark:]:
                if self.ended:
                    raise AssertionError("nothing can come any more from %s" % self)
                left = end - time.monotonic()
                if left <= 0:
                    return
                self.news.wait(left)
        raise AssertionError("%r should not have come from %s" % (text, self))

    def wait(self, deadline=None):
        """Waits for the end of the program and of its output; returns the exit status."""
        try:
            status = self.child.wait(deadline or DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError("does not end: %s" % self) from None
        self.reader.join(1)
        return status

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()
        self.reader.join(1)
        for stream in (self.child.stdin, self.child.stdout):
            if stream:
                stream.close()


class Terminal:
    """A program in a real terminal: a tmux server of its own with one window."""

    def __init__(self, argv, size=(100, 30), env=None, cwd=None):
        self.directory = tempfile.mkdtemp(prefix="hullo-tmux-")
        self.tmux_argv = ["tmux", "-S", os.path.join(self.directory, "s"), "-f", "/dev/null", "-u"]
        settings = environment(TERM="xterm-256color")
        inner = {**environment(TERM="screen-256color"), **(env or {})}
        inner = ["env", "-i"] + ["%s=%s" % item for item in inner.items()]
        # tmux 3.3 now and then forgets to collect a child, and then never tells its status.
        self.status_file = os.path.join(self.directory, "status")
        inner = ["sh", "-c", 'ulimit -t %d; "$@"; echo $? >"$0.new"; mv "$0.new" "$0"' % CPU_MAX,
                 self.status_file] + inner
        subprocess.run(
            self.tmux_argv + ["new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "--"]
            + inner + list(argv), env=settings, cwd=cwd, check=True, timeout=DEADLINE)
        # What remains on the screen after the program's end is part of what tests look at.
        self.settings = settings
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def tmux(self, *args):
        return subprocess.run(self.tmux_argv + list(args), env=self.settings, check=False,
                              timeout=DEADLINE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL).stdout.decode(errors="replace")

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def keys(self, *names):
        self.tmux("send-keys", *names)

    def say(self, text):
        self.type(text)
        self.keys("Enter")

    def resize(self, cols, rows):
        self.tmux("resize-window", "-x", str(cols), "-y", str(rows))

    def expect(self, pattern, deadline=None):
        wanted = re.compile(pattern, re.MULTILINE)
        return wait_until(lambda: wanted.search(self.screen()),
                          lambda: "%r on this screen:\n%s" % (pattern, self.screen()), deadline)

    def expect_text(self, text, deadline=None):
        return self.expect(re.escape(text), deadline)

    def draws(self):
        """Whether the program has taken the whole screen."""
        return self.tmux("display-message", "-p", "#{alternate_on}").strip() == "1"

    def alive(self):
        return self.tmux("display-message", "-p", "#{pane_dead}").strip() == "0"

    def status(self, deadline=None):
        """Waits for the end of the program; its exit status."""
        wait_until(lambda: os.path.exists(self.status_file),
                   lambda: "the end of:\n" + self.screen(), deadline)
        with open(self.status_file, encoding="ascii") as file:
            return int(file.read())

    def kill(self):
        self.tmux("kill-server")
        shutil.rmtree(self.directory, ignore_errors=True)


class TestCase(unittest.TestCase):
    """Ends what it started, in the opposite order."""

    def own(self, thing):
        self.addCleanup(thing.kill)
        return thing

    def start(self, *argv, **options):
        return self.own(Process(argv, **options))

    def terminal(self, *argv, **options):
        need("tmux")
        return self.own(Terminal(argv, **options))

    def hullo(self, *argv, **options):
        return self.start(HULLO, *argv, **options)

    def run_hullo(self, *argv, stdin=b"", deadline=None, env=None, **options):
        """Runs to the end: (exit status, standard output, standard error)."""
        done = subprocess.run([HULLO, *argv], input=stdin, timeout=deadline or DEADLINE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=env or environment(), start_new_session=True,
                              preexec_fn=die_with_runner, check=False, **options)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def udp(self, host="127.0.0.1"):
        """A bare socket as a peer: what the wire carries, byte by byte."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind((host, 0))
        sock.settimeout(DEADLINE)
        return sock

    def tcp_listener(self, host="127.0.0.1"):
        sock = socket.create_server((host, 0))
        self.addCleanup(sock.close)
        sock.settimeout(DEADLINE)
        return sock

    def accept(self, listener):
        sock, _ = listener.accept()
        self.addCleanup(sock.close)
        sock.settimeout(DEADLINE)
        return sock

    def tcp(self, port, host="127.0.0.1"):
        sock = socket.create_connection((host, port), DEADLINE)
        self.addCleanup(sock.close)
        return sock

    def chat(self, peer, *options, **more):
        """Hullo in line mode with one conversation; .port is the UDP port it speaks from."""
        process = self.hullo("chat", "--plain", "--line", "--listen", "127.0.0.1:0", *options, peer,
                             **more)
        process.port = bound_port(process)
        return process

    def listen(self, *options, at="127.0.0.1:0", **more):
        process = self.hullo("listen", "--plain", "--listen", at, *options, **more)
        process.port = bound_port(process)
        return process

    def python_chat(self, port, peer_port, peer="127.0.0.1"):
        """The two-thread program, its three questions answered."""
        process = self.start(sys.executable, "-u", os.path.join(PEERS, "two_thread_chat.py"))
        for answer in (port, peer, peer_port):
            process.say(str(answer))
        process.expect("bound")
        return process

    def directory(self):
        path = tempfile.mkdtemp(prefix="hullo-test-")
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        return path


def bound_port(process, kind=""):
    """The port that a program started with --listen ...:0 has got; kind is "" or "tcp://"."""
    return int(process.expect(r"listening on %s\S*:(\d+)" % kind).group(1))


def is_bound(port, protocol):
    for name in (protocol, protocol + "6"):
        with open("/proc/net/" + name, encoding="ascii") as table:
            for row in table.readlines()[1:]:
                fields = row.split()
                listens = protocol == "udp" or fields[3] == "0A"
                if listens and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    return True
    return False


def wait_bound(port, protocol="udp"):
    """Waits until somebody on this host listens on the port."""
    wait_until(lambda: is_bound(port, protocol), "port %d to be bound" % port)


def need(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    if missing:
        raise unittest.SkipTest("not installed: " + " ".join(missing))


def read_exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            break
        data += piece
    return data


def read_line(sock):
    data = b""
    while not data.endswith(b"\n"):
        piece = sock.recv(1)
        if not piece:
            break
        data += piece
    return data


def sanitizer_reports():
    """Prints and removes what sanitizers have written; whether there was anything."""
    names = sorted(os.listdir(reports))
    for name in names:
        with open(os.path.join(reports, name), encoding="utf-8", errors="replace") as report:
            print(report.read())
    shutil.rmtree(reports)
    shutil.rmtree(homes)
    return bool(names)


def main():
    """unittest.main(), but a sanitizer's report is a failure, and a program of which nothing ran
    says so: exit status 77."""
    result = unittest.main(exit=False, verbosity=2).result
    if sanitizer_reports():
        sys.exit(1)
    if not result.testsRun and not result.skipped:
        print("no test was found")
        sys.exit(1)
    # Classes and modules are skipped whole, without a test of theirs being counted.
    tests = [test for test, _ in result.skipped if isinstance(test, unittest.TestCase)]
    if result.wasSuccessful() and len(tests) == result.testsRun:
        sys.exit(SKIPPED)
    sys.exit(not result.wasSuccessful())
