#!/usr/bin/python3
"""Many clients at the modems of one External: closed, killed, stopped, or cut off by a cable that is pulled. What
became of each is told by itself, by Session.log and by `external share list`, and the three must agree.

lending_ledger_test.py EXTERNAL PHONENET

EXTERNAL_TEST_KILLS: how many clients; 40 without.
"""

import collections
import ctypes
import json
import os
import random
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import tty
import unittest

from waiting import Folder, free_port, GIVING_UP, session_log, wait

EXTERNAL, PHONENET = sys.argv[1:3]
CLIENTS = int(os.environ.get("EXTERNAL_TEST_KILLS") or "40")
SEED = int(os.environ.get("EXTERNAL_TEST_SEED") or "20260301")
MODEMS = ["Modem1", "Modem2", "Modem3", "Modem4"]
CABLES = 6
FIRST_PORT = 20000  # of the clients
KNOWN_DEAD = 30  # seconds, by keep-alive
SLOW = 60  # seconds more that a slow machine may take
NEW_NETWORK = 0x40000000  # CLONE_NEWNET

SETTINGS = """[External]
HomePO = NORTH/CLINIC
AsyncSpeed = 57600
LockFolder = {folder}/locks
[External-Modem1]
AsyncCommPort = {folder}/net/m1
[External-Modem2]
AsyncCommPort = {folder}/net/m2
[External-Modem3]
AsyncCommPort = {folder}/net/m3
[External-Modem4]
AsyncCommPort = {folder}/net/m4
[Share OFFICE]
Instance = Modem1, Modem2, Modem3, Modem4
ListenRaw = 0.0.0.0:{office}
Allow = 127.0.0.0/8, 10.77.0.0/16
IdleLimit = 20s
LeaseLimit = 40s
WaitLimit = 120s
QueueLimit = 1000
[Share QUIET]
Instance = Modem4, Modem3
ListenRaw = 0.0.0.0:{quiet}
Allow = 127.0.0.0/8, 10.77.0.0/16
IdleLimit = 20s
LeaseLimit = 40s
WaitLimit = 60s
QueueLimit = 4
RefuseCalls = yes
"""


def in_a_network_of_our_own():
    """Begins anew in one, where cables can be pulled; without, if that is not allowed here."""
    if "LENDING_LEDGER_NETWORK" in os.environ:
        if os.environ["LENDING_LEDGER_NETWORK"] == "own":
            ip("link", "set", "lo", "up")
        return
    means = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    try:
        own = subprocess.run([*means, "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        own = False
    os.environ["LENDING_LEDGER_NETWORK"] = "own" if own else "shared"
    if own:
        os.execvp(means[0], [*means, sys.executable, "-B", *sys.argv])


def ip(*words, inside=None):
    enter = ["nsenter", "--target", str(inside), "--net"] if inside else []
    subprocess.run([*enter, "ip", *words], check=True, capture_output=True)


def seconds_of_processor(process):
    with open(f"/proc/{process}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cable:
    """A network for one client at a time, which is joined to that of External as long as nobody pulls it."""

    def __init__(self, number):
        self.libc = ctypes.CDLL(None, use_errno=True)
        ready, tell = os.pipe()
        self.keeper = os.fork()
        if self.keeper == 0:
            ours = self.libc.unshare(NEW_NETWORK) == 0
            os.write(tell, b"y" if ours else b"n")
            signal.pause()
            os._exit(0)
        if os.read(ready, 1) != b"y":
            raise OSError("no network of its own")
        os.close(ready)
        os.close(tell)
        self.host = f"10.77.{number}.1"
        ip("link", "add", f"cable{number}", "type", "veth", "peer", "name", "eth0", "netns", str(self.keeper))
        ip("addr", "add", self.host + "/24", "dev", f"cable{number}")
        ip("link", "set", f"cable{number}", "up")
        ip("addr", "add", f"10.77.{number}.2/24", "dev", "eth0", inside=self.keeper)
        self.plug()
        self.taken = False

    def enter(self):
        """The calling process is at the far end from now on."""
        with open(f"/proc/{self.keeper}/ns/net", encoding="ascii") as network:
            if self.libc.setns(network.fileno(), NEW_NETWORK) != 0:
                raise OSError("cannot enter the network of the cable")

    def plug(self):
        ip("link", "set", "eth0", "up", inside=self.keeper)

    def pull(self):
        ip("link", "set", "eth0", "down", inside=self.keeper)

    def remove(self):
        os.kill(self.keeper, signal.SIGKILL)
        os.waitpid(self.keeper, 0)


class Client:
    """A process that borrows a modem. What it does it writes into a file that outlives it."""

    def __init__(self, number, chance, pool, cable, echoes):
        self.number = number
        self.pool, self.port = pool
        self.seed = chance.random()
        self.errand = chance.choice(["commands", "dials", "dials", "sleeps", "stays"])
        self.echo = chance.choice(echoes)
        self.leaves = "cable" if cable else chance.choice(["closes", "closes", "killed", "stopped"])
        self.patience = chance.choice([chance.uniform(0, 15), chance.uniform(5, 90)])
        if cable:  # it is to be there when that is pulled
            self.errand = chance.choice(["sleeps", "stays"])
            self.patience = chance.uniform(0.5, 15)
        self.cable = cable
        self.state = "there"
        self.pulled_at = None
        self.process = None
        self.leaves_at = None

    def start(self, record):
        self.leaves_at = time.monotonic() + self.patience
        self.process = os.fork()
        if self.process:
            return
        status = 1
        try:
            if self.cable:
                self.cable.enter()
            self.live(record)
            status = 0
        except OSError as error:
            self.note(record, "failed", text=str(error))
        finally:
            os._exit(status)

    def note(self, record, event, **more):
        os.write(record, (json.dumps({"client": self.number, "event": event, **more}) + "\n").encode())

    def live(self, record):
        heard = b""
        chance = random.Random(self.seed)
        place = (self.cable.host if self.cable else "127.0.0.1", self.port)
        # A port of its own, so that none of many has the address of one that was here before.
        with socket.create_connection(place, source_address=("", FIRST_PORT + self.number)) as modem:
            host, port = modem.getsockname()
            self.note(record, "came", address=f"{host}:{port}", pool=self.pool)

            def hear(*words, limit=None):
                """Which of them came first; None at the end of the connection, or when the time is over."""
                nonlocal heard
                modem.settimeout(limit)
                while True:
                    found = re.search(b"|".join(re.escape(one) for one in words), heard) if words else None
                    if found:
                        heard = heard[found.end():]
                        return found.group()
                    try:
                        piece = modem.recv(4096)
                    except TimeoutError:
                        return None
                    except OSError:
                        piece = b""
                    if not piece:
                        self.note(record, "sent away", text=heard.decode("latin-1")[-200:])
                        return None
                    heard += piece

            def echoed(words):
                nonlocal heard
                modem.sendall(words)
                while len(heard) < len(words):
                    try:
                        piece = modem.recv(4096)
                    except OSError:
                        piece = b""
                    if not piece:
                        break
                    heard += piece
                came = heard[:len(words)]
                whole = came == words
                if not whole:
                    came = came.split(self.pool.encode() + b": ")[0]
                if not words.startswith(came):
                    self.note(record, "strange bytes", sent=words.decode(), heard=heard.decode("latin-1"))
                heard = heard[len(words):]
                self.note(record, "echoed", bytes=len(came))
                return whole

            # It goes by itself if nobody kills it before.
            signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
            if self.leaves == "closes":
                signal.setitimer(signal.ITIMER_REAL, self.patience)
            modem.sendall(b"AT\r")
            if not hear(b"\r\nOK\r\n"):
                return
            self.note(record, "answers")
            if self.errand == "commands":
                for _ in range(chance.randint(1, 8)):
                    modem.sendall(b"ATI\r")
                    if not hear(b"\r\nOK\r\n"):
                        return
            if self.errand == "dials":
                self.note(record, "dials", at=time.monotonic())
                modem.sendall(b"ATDT" + self.echo.encode() + b"\r")
                result = hear(b"\r\nCONNECT 57600\r\n", b"\r\nBUSY\r\n", b"\r\nNO CARRIER\r\n", b"\r\nNO ANSWER\r\n")
                if not result or b"CONNECT" not in result:
                    return
                modem.settimeout(None)
                for word in range(chance.randint(1, 20)):
                    text = f"client {self.number} says word {word}. " * chance.randint(1, 20)
                    if not echoed(text.encode()):
                        self.note(record, "sent away", text=heard.decode("latin-1"))
                        return
            if self.errand == "sleeps":
                hear()
            while self.errand == "stays":
                if hear(limit=3) is None and heard.endswith(b".\r\n"):
                    return
                modem.sendall(b"AT\r")


class Echo(threading.Thread):
    """A far computer whose modem answers, and that sends back what it hears."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)

    def run(self):
        while True:
            try:
                os.write(self.port, os.read(self.port, 4096))
            except OSError:
                return


class Caller(threading.Thread):
    """A far computer that calls one modem after the other, and notes what became of each call."""

    def __init__(self, port, seed, hang_up, log):
        super().__init__(daemon=True)
        self.port = os.open(port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port)
        self.chance = random.Random(seed)
        self.hang_up = hang_up
        self.log = log
        self.over = threading.Event()
        self.outcomes = collections.Counter()
        self.rang = []  # modem, until when it rang for nothing
        self.unexplained = []  # modem, when it was dialled, when nobody had answered, result

    def run(self):
        while not self.over.wait(self.chance.uniform(1, 6)):
            self.call(self.chance.randrange(len(MODEMS)))

    def call(self, which):
        began = time.monotonic()
        before = self.told(which)
        os.write(self.port, b"ATDT555000%d\r" % (which + 1))
        result = self.hear(rb"CONNECT|BUSY|NO ANSWER|NO CARRIER")
        if result == "CONNECT":
            time.sleep(1)  # as long as this call lasts
            self.hang_up()
            self.hear(rb"NO CARRIER")
        outcome = self.outcome(result, before, self.told(which))
        if result == "NO ANSWER":
            self.rang.append((MODEMS[which], time.monotonic()))
        if outcome == "lost":
            self.unexplained.append((MODEMS[which], began, time.monotonic(), result))
        else:
            self.outcomes[outcome] += 1
        return outcome

    def hear(self, words):
        heard = b""
        while not re.search(words, heard):
            heard += os.read(self.port, 4096)
        return re.search(words, heard).group().decode()

    def told(self, which):
        lines = [line for line in self.log().splitlines() if MODEMS[which] in line]
        return {word: sum(word in line for line in lines) for word in ["Answering call", "Call refused", "Call not"]}

    @staticmethod
    def outcome(result, before, after):
        if result == "BUSY":
            return "busy"
        more = [word for word, count in after.items() if count > before[word]]
        if result == "CONNECT" or "Answering call" in more:
            return "answered"
        if "Call refused" in more:
            return "refused"
        return "given up by the caller" if "Call not" in more else "lost"


class LendingLedger(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.cables = []
        os.makedirs(self.folder + "/mail")
        os.mkdir(self.folder + "/locks")
        self.ports = {"OFFICE": free_port(), "QUIET": free_port()}
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(SETTINGS.format(folder=self.folder, office=self.ports["OFFICE"], quiet=self.ports["QUIET"]))
        os.chmod(self.folder + "/external.ini", 0o600)
        self.start_network()
        self.process = subprocess.Popen(self.command("run", "--service"), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, self.process)
        wait(self.all_listen, "all modems listen")

    def start_network(self):
        lines = [f"555000{i}=m{i}" for i in range(1, 5)] + [f"555010{i}=echo{i}" for i in range(3)]
        lines += [f"555020{i}=caller{i}" for i in range(2)]
        command = [PHONENET, "--dir", self.folder + "/net", "--quiet"]
        for line in lines:
            command += ["--line", line]
        for i in range(3):
            command += ["--modem", f"echo{i}=E0Q1S0=1"]
        net = subprocess.Popen(command)
        self.addCleanup(self.end, net)
        wait(lambda: os.path.exists(self.folder + "/net/caller1"), "the ports are there")
        for i in range(3):
            Echo(f"{self.folder}/net/echo{i}").start()
        self.callers = [self.caller(f"caller{i}", i) for i in range(2)]

    def caller(self, name, seed):
        def hang_up():
            subprocess.run([PHONENET, "ctl", self.folder + "/net", "drop", name], check=False, capture_output=True)
        return Caller(f"{self.folder}/net/{name}", SEED + seed, hang_up, lambda: session_log(self.folder))

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait(GIVING_UP)

    def command(self, *words):
        return [EXTERNAL, "--config", self.folder + "/external.ini", *words]

    def pools(self):
        answer = subprocess.run(self.command("share", "list", "--json"), capture_output=True, text=True, check=False)
        return json.loads(answer.stdout) if answer.returncode == 0 else []

    def all_listen(self):
        pools = self.pools()
        return bool(pools) and all(modem["state"] == "LISTENING" for pool in pools for modem in pool["modems"])

    # ---- one client after the other

    def test_every_client_and_every_call_has_its_end_in_the_books(self):
        if os.environ["LENDING_LEDGER_NETWORK"] == "own":
            self.cables = [Cable(number) for number in range(CABLES)]
        else:
            print("no cable is pulled: this user may not make networks (unshare --net, ip link)", file=sys.stderr)
        for cable in self.cables:
            self.addCleanup(cable.remove)
        chance = random.Random(SEED)
        self.record = self.folder + "/clients"
        record = os.open(self.record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.there = []
        self.gone_after = []
        self.complaints = []
        self.looks = 0
        used = seconds_of_processor(self.process.pid)
        began = time.monotonic()
        for caller in self.callers:
            caller.start()
        for number in range(CLIENTS):
            client = self.new_client(number, chance)
            client.start(record)
            self.there.append(client)
            pause = time.monotonic() + chance.expovariate(1 / 0.8)
            while True:
                self.look()
                if time.monotonic() >= pause:
                    break
                time.sleep(0.2)  # between looks
        while self.there:
            self.look()
            time.sleep(0.2)
        for caller in self.callers:
            caller.over.set()
        for caller in self.callers:
            caller.join()
        used = seconds_of_processor(self.process.pid) - used
        lasted = time.monotonic() - began
        wait(self.all_listen, "all modems listen again")
        answered = [self.callers[0].call(which) for which in range(len(MODEMS))]
        wait(self.all_listen, "all modems listen after one more call")
        self.close_the_books(used, lasted, answered)

    def new_client(self, number, chance):
        free = [cable for cable in self.cables if not cable.taken]
        cable = free[0] if free and chance.random() < 0.2 else None
        if cable:
            cable.taken = True
        pool = chance.choice(["OFFICE", "OFFICE", "OFFICE", "QUIET"])
        echoes = [f"555010{i}" for i in range(3)]
        return Client(number, chance, (pool, self.ports[pool]), cable, echoes)

    def look(self):
        pools = self.pools()
        self.looks += 1
        owners = [modem["instance"] for pool in pools for modem in pool["modems"] if modem["client"]]
        if len(set(owners)) < len(owners):
            self.complaints.append(f"two owners: {pools}")
        if any(not modem["state"] for pool in pools for modem in pool["modems"]):
            self.complaints.append(f"a modem without a state: {pools}")
        listed = {modem["client"] for pool in pools for modem in pool["modems"] if modem["client"]}
        listed |= {one["client"] for pool in pools for one in pool["waiting"]}
        for client in list(self.there):
            self.attend(client, listed)

    def attend(self, client, listed):
        """Lets it go when its time is over, and notices that it has gone."""
        if client.state == "there" and os.waitpid(client.process, os.WNOHANG)[0]:
            client.state = "gone"
        elif client.state == "there" and time.monotonic() >= client.leaves_at:
            self.let_go(client)
        elif client.state == "stopped" and self.address(client) not in listed:
            self.bury(client)
        elif client.state == "cable" and self.address(client) not in listed:
            self.gone_after.append(time.monotonic() - client.pulled_at)
            self.bury(client)
        elif client.state == "cable" and time.monotonic() > client.pulled_at + KNOWN_DEAD + SLOW + GIVING_UP:
            self.complaints.append(f"client {client.number} is still there without its cable")
            self.bury(client)
        if client.state == "gone":
            if client.cable:
                client.cable.plug()
                client.cable.taken = False
            self.there.remove(client)

    def let_go(self, client):
        if client.leaves == "killed":
            self.bury(client)
        elif client.leaves == "stopped":
            os.kill(client.process, signal.SIGSTOP)
            client.state = "stopped"
        elif client.leaves == "cable":
            client.cable.pull()
            client.pulled_at = time.monotonic()
            client.state = "cable"

    @staticmethod
    def bury(client):
        os.kill(client.process, signal.SIGKILL)
        os.waitpid(client.process, 0)
        client.state = "gone"

    def address(self, client):
        return next((entry["address"] for entry in self.entries("came") if entry["client"] == client.number), None)

    def entries(self, event):
        with open(self.record, encoding="utf-8") as record:
            return [entry for entry in map(json.loads, record) if entry["event"] == event]

    def close_the_books(self, used, lasted, answered):
        log = session_log(self.folder)
        lent = re.findall(r"(Modem\d).*Lent to (\S+) of (\w+)\.", log)
        ends = re.findall(r"(Modem\d).*Lease of (\S+) of (\w+) ended after \d+ s: (.*?);", log)
        refused = re.findall(r"Lease refused to (\S+) of (\w+): ([^.]*)\.", log)
        came = {(entry["address"], entry["pool"]): entry["client"] for entry in self.entries("came")}
        self.assertEqual(collections.Counter(one[:3] for one in ends), collections.Counter(lent))
        for modem in MODEMS:
            words = re.findall(modem + r".*(Lent to|Lease of)", log)
            self.assertEqual(words, ["Lent to", "Lease of"] * (len(words) // 2), modem)
        had = {came[one[1:]] for one in lent}
        turned_away = {came[one[:2]] for one in refused}
        self.assertEqual(had & turned_away, set())
        self.assertEqual({entry["client"] for entry in self.entries("answers")} - had, set())
        self.assertEqual(self.entries("strange bytes") + self.entries("failed"), [])
        for entry in self.entries("sent away"):
            self.assertIn(entry["client"], had | turned_away, entry)
        self.assertEqual(self.complaints, [])
        outcomes = sum((caller.outcomes for caller in self.callers), collections.Counter())
        # One who dials between two rings seizes the line, as the caller has.
        for modem, began, ended, result in [one for caller in self.callers for one in caller.unexplained]:
            # Rings of two calls that come one right after the other are those of one, as far as the log can tell.
            if any(modem == one[0] and began - 10 < one[1] < began + 1 for caller in self.callers for one in caller.rang):
                outcomes["refused"] += 1
                continue
            names = {client: (modem, *name) for name, client in came.items()}
            self.assertTrue(any(began <= one["at"] <= ended and names[one["client"]] in lent
                                for one in self.entries("dials")), f"{modem}: {result}, and nothing says why\n{log}")
            outcomes["met a client's dialling"] += 1
        self.assertEqual(answered, ["answered"] * len(MODEMS))
        for pool in self.pools():
            self.assertEqual(pool["waiting"], [])
        for seconds in self.gone_after:
            self.assertLess(seconds, KNOWN_DEAD + SLOW)
        longest = max(pool["totals"]["longest_wait"] for pool in self.pools())
        self.assertLessEqual(longest, 120 + SLOW)
        self.publish(used, lasted, came, lent, ends, refused, outcomes, longest)

    def publish(self, used, lasted, came, lent, ends, refused, outcomes, longest):
        def counts(of):
            return ", ".join(f"{word} {count}" for word, count in sorted(of.items()))

        echoed = sum(entry["bytes"] for entry in self.entries("echoed"))
        text = (f"Lending between processes: {len(MODEMS)} modems, {CLIENTS} clients in {lasted:.0f} s, seed {SEED}\n"
                f"  clients that came {len(came)}: got a modem {len(lent)}, refused {len(refused)}, went while they "
                f"waited {len(came) - len(lent) - len(refused)}; killed before they came {CLIENTS - len(came)}\n"
                f"  refused by cause: {counts(collections.Counter(r[2].split(':')[0].split(' in ')[0] for r in refused))}\n"
                f"  leases ended: {counts(collections.Counter(end[3] for end in ends))}\n"
                f"  longest wait {longest} s; bytes echoed unchanged {echoed}; looks for a second owner {self.looks}\n"
                f"  inbound calls {sum(outcomes.values())}: {counts(outcomes)}\n"
                f"  cables pulled {len(self.gone_after)}, their clients gone after "
                + (f"{statistics.median(self.gone_after):.0f} s, at most {max(self.gone_after):.0f} s\n"
                   if self.gone_after else "-\n") +
                f"  processor time of External {used:.2f} s, {100 * used / lasted:.1f} %\n")
        show("lending-processes", text)

    # ---- all at once

    def test_a_thousand_that_wait_cost_little(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
        process = self.process.pid
        used = [seconds_of_processor(process)]
        clients = [socket.create_connection(("127.0.0.1", self.ports["OFFICE"])) for _ in range(990)]
        for client in clients:
            self.addCleanup(client.close)

        def waiting():
            time.sleep(0.5)  # looks cost time, too
            return sum(len(pool["waiting"]) for pool in self.pools())

        wait(lambda: waiting() == 990 - len(MODEMS), "all others wait")
        used.append(seconds_of_processor(process))
        time.sleep(10)  # of waiting, which is measured
        used.append(seconds_of_processor(process))
        # Who has a modem goes, and everybody moves up.
        for _ in range(3):
            before = waiting()
            for modem in self.pools()[0]["modems"]:
                subprocess.run(self.command("share", "kick", modem["instance"]), check=False, capture_output=True)
            wait(lambda before=before: waiting() <= before - len(MODEMS), "the next ones have modems")
        used.append(seconds_of_processor(process))
        for client in clients:
            client.close()
        wait(lambda: waiting() == 0 and self.all_listen(), "all have gone, and all modems listen")
        used.append(seconds_of_processor(process))
        steps = [after - before for before, after in zip(used, used[1:])]
        show("lending-crowd", "Lending to 990 clients at once, processor time of External: "
             f"they come {steps[0]:.2f} s, wait for 10 s {steps[1]:.2f} s, 12 changes {steps[2]:.2f} s, "
             f"go {steps[3]:.2f} s\n")


def show(name, text):
    print(text, end="", file=sys.stderr)
    folder = os.environ.get("EXTERNAL_TEST_LEDGERS")
    if folder:
        with open(f"{folder}/{name}.txt", "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    in_a_network_of_our_own()
    del sys.argv[1:3]
    unittest.main()
