#!/usr/bin/python3
"""Many clients at the modems of one External: closed, killed, stopped, or cut off by a cable that is pulled. What
became of each is told by itself, by Session.log and by the tallies of the pools, and they must agree: ledger_books.py.

lending_ledger_test.py EXTERNAL PHONENET

EXTERNAL_TEST_KILLS: how many clients; 40 without.
"""

import collections
import json
import os
import random
import resource
import select
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import unittest

import ledger_books
from ledger_callers import Caller, Echo
from ledger_clients import Cable, Client, ip
from lending import Control
from waiting import Folder, free_port, GIVING_UP, session_log, wait

EXTERNAL, PHONENET = sys.argv[1:3]
CLIENTS = int(os.environ.get("EXTERNAL_TEST_KILLS") or "40")
SEED = int(os.environ.get("EXTERNAL_TEST_SEED") or "20260301")
MODEMS = ["Modem1", "Modem2", "Modem3", "Modem4"]
CABLES = 6
AT_ONCE = [3, 8, 14, 20]  # clients; few let modems listen, many have them all wait
QUIET_POLLS = 20  # without a word of a client, between looks at the pools

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
ListenRaw = {OFFICE}
IdleLimit = 8s
LeaseLimit = 12s
WaitLimit = 120s
QueueLimit = 1000
[Share QUIET]
Instance = Modem4, Modem3
ListenRaw = {QUIET}
IdleLimit = 8s
LeaseLimit = 20s
WaitLimit = 15s
QueueLimit = 3
RefuseCalls = yes
[Share FIELD]
Instance = Modem2, Modem1, Modem4
ListenRaw = 0.0.0.0:{FIELD}
Allow = 10.77.0.0/16
IdleLimit = 0
WaitLimit = 0
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


def seconds_of_processor(process):
    with open(f"/proc/{process}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class LendingLedger(unittest.TestCase):
    def setUp(self):
        folder = Folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.makedirs(self.folder + "/mail")
        os.mkdir(self.folder + "/locks")
        self.ports = {pool: free_port() for pool in ("OFFICE", "QUIET", "FIELD")}
        with open(self.folder + "/external.ini", "w", encoding="utf-8") as ini:
            ini.write(SETTINGS.format(folder=self.folder, **self.ports))
        os.chmod(self.folder + "/external.ini", 0o600)
        self.start_network()
        self.process = subprocess.Popen(self.command("run", "--service"), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, self.process)
        self.control = Control(self.folder)
        wait(self.is_running, "External runs")
        wait(self.all_listen, "all modems listen")

    def start_network(self):
        lines = [f"555000{i}=m{i}" for i in range(1, 5)] + [f"555010{i}=echo{i}" for i in range(3)]
        lines += [f"555020{i}=caller{i}" for i in range(2)]
        command = [PHONENET, "--dir", self.folder + "/net", "--quiet", "--rings", "4"]
        for line in lines:
            command += ["--line", line]
        for i in range(3):
            command += ["--modem", f"echo{i}=E0Q1S0=1"]
        net = subprocess.Popen(command)
        self.addCleanup(self.end, net)
        wait(lambda: os.path.exists(self.folder + "/net/caller1"), "the ports are there")
        for i in range(3):
            Echo(f"{self.folder}/net/echo{i}").start()
        self.turns = threading.Semaphore(0)  # of callers
        self.callers = [self.caller(f"caller{i}", i) for i in range(2)]

    def caller(self, name, seed):
        def hang_up():
            subprocess.run([PHONENET, "ctl", self.folder + "/net", "drop", name], check=False, capture_output=True)
        return Caller(f"{self.folder}/net/{name}", SEED + seed, MODEMS, self.turns, hang_up,
                      lambda: session_log(self.folder))

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        process.wait(GIVING_UP)

    def command(self, *words):
        return [EXTERNAL, "--config", self.folder + "/external.ini", *words]

    def is_running(self):
        try:
            return bool(self.pools())
        except OSError:
            return False

    def pools(self):
        return self.control.status()["shares"]

    def all_listen(self):
        return all(modem["state"] == "LISTENING" for pool in self.pools() for modem in pool["modems"])

    # ---- one client after the other

    def test_every_client_and_every_call_has_its_end_in_the_books(self):
        self.cables = self.lay_cables()
        self.chance = random.Random(SEED)
        self.record = os.open(self.folder + "/clients", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.told = open(self.folder + "/clients", encoding="utf-8")
        self.addCleanup(self.told.close)
        self.clients, self.there, self.entries = [], [], []
        self.problems, self.left, self.gone_after = [], {}, []
        self.looks = self.polls = 0
        used, began = seconds_of_processor(self.process.pid), time.monotonic()
        for caller in self.callers:
            caller.start()
        while len(self.clients) < CLIENTS:
            self.let_come(self.chance.choice(AT_ONCE))
        while self.there:
            self.wait_until_one_goes()
        for caller in self.callers:
            caller.is_over = True
        self.turns.release(len(self.callers))
        for caller in self.callers:
            caller.join(GIVING_UP)
            self.assertFalse(caller.is_alive(), "a call has no end")
        used, lasted = seconds_of_processor(self.process.pid) - used, time.monotonic() - began
        wait(self.all_listen, "all modems listen again")
        before = len(self.callers[0].calls)
        for modem in MODEMS:
            self.callers[0].call(modem)
        wait(self.all_listen, "all modems listen after one more call")
        self.close_the_books(used, lasted, self.callers[0].calls[before:])

    def lay_cables(self):
        if os.environ["LENDING_LEDGER_NETWORK"] != "own":
            print("no cable is pulled: this user may not make networks (unshare --net, ip link)", file=sys.stderr)
            return []
        cables = [Cable(number) for number in range(CABLES)]
        for cable in cables:
            self.addCleanup(cable.remove)
        return cables

    def let_come(self, most):
        """The next one, as soon as there are fewer than `most`."""
        while len(self.there) >= most:
            self.wait_until_one_goes()
        client = self.new_client(len(self.clients))
        client.start(self.record)
        self.clients.append(client)
        self.there.append(client)

    def new_client(self, number):
        free = [cable for cable in self.cables if not cable.taken]
        cable = free[0] if free and number % 6 == 1 and number < CLIENTS - 8 else None
        if cable:
            cable.taken = True
        pool = "FIELD" if cable else self.chance.choice(["OFFICE", "QUIET"])
        return Client(number, self.chance, pool, self.ports[pool], cable, [f"555010{i}" for i in range(3)])

    def wait_until_one_goes(self):
        before = len(self.there)
        wait(lambda: self.attend_to_all() < before, "one of these goes: " + ", ".join(map(str, self.there)))

    def attend_to_all(self):
        """How many are there still. Looks at the pools when a client has said something, and now and then."""
        self.polls += 1
        if self.read_record() or self.polls % QUIET_POLLS == 0:
            self.look()
        for client in [client for client in self.there if client.has_gone()]:
            if client.cable:
                client.cable.plug()
                client.cable.taken = False
            self.there.remove(client)
            self.perhaps_a_call()
        return len(self.there)

    def read_record(self):
        news = []
        while line := self.told.readline():
            news.append(json.loads(line))
        self.entries += news
        for entry in news:
            client = self.clients[entry["client"]]
            if entry["event"] == "came":
                client.address = entry["address"]
            if entry["event"] == "ready":
                client.ready = True
            if entry["event"] in ("came", "answers", "dials"):
                self.perhaps_a_call()
        return news

    def perhaps_a_call(self):
        if self.chance.random() < 0.25:
            self.turns.release()

    def look(self):
        pools = self.pools()
        self.looks += 1
        self.problems += ledger_books.of_owners(pools)
        listed = {modem["client"] for pool in pools for modem in pool["modems"] if modem["client"]}
        listed |= {one["client"] for pool in pools for one in pool["waiting"]}
        for client in self.there:
            self.attend(client, client.address in listed)

    def attend(self, client, is_listed):
        """Lets it go when it is ready to, and notices that External knows that it has gone."""
        client.listed = client.listed or is_listed
        if client.state == "there" and client.ready and client.listed and not client.has_gone():
            client.let_go()
            if client.state != "gone":
                self.left[client.number] = client.state
                client.left_at = time.monotonic()
        elif client.state in ("stopped", "cable pulled") and not is_listed:
            if client.state == "cable pulled":
                self.gone_after.append(time.monotonic() - client.left_at)
            client.bury()

    def close_the_books(self, used, lasted, last_calls):
        self.read_record()
        log = ledger_books.Log(session_log(self.folder))
        clients = ledger_books.Clients(self.entries, self.left)
        all_calls = [call for caller in self.callers for call in caller.calls]
        calls = ledger_books.Calls(all_calls, log, clients)
        pools = self.pools()
        by_command = subprocess.run(self.command("share", "list", "--json"), capture_output=True, text=True, check=True)
        self.publish(used, lasted, log, clients, calls, pools)
        problems = (self.problems + log.problems + clients.problems(log, all_calls) + calls.problems
                    + ledger_books.of_pools(pools, log))
        self.assertFalse(problems, "\n" + "\n".join(problems))
        self.assertEqual(len(clients.names), CLIENTS)
        self.assertEqual([call.result for call in last_calls], ["CONNECT"] * len(MODEMS))
        self.assertEqual(json.loads(by_command.stdout), pools)

    def publish(self, used, lasted, log, clients, calls, pools):
        def counts(of):
            return ", ".join(f"{word} {count}" for word, count in sorted(collections.Counter(of).items())) or "-"

        echoed = sum(entry["bytes"] for entry in clients.of("echoed"))
        waited = len(clients.names) - len(log.leases) - len(log.refused)
        moved = sum(lease.to_modem + lease.from_modem for lease in log.leases)
        text = (f"Lending between processes: {len(MODEMS)} modems, {CLIENTS} clients in {lasted:.0f} s, seed {SEED}\n"
                f"  clients that came {len(clients.names)}: got a modem {len(log.leases)}, refused {len(log.refused)}, "
                f"went while they waited {waited}\n"
                f"  refused by cause: {counts(why.split(':')[0].split(' in ')[0] for _, why in log.refused)}\n"
                f"  leases ended: {counts(lease.end for lease in log.leases)}\n"
                f"  longest wait {max(pool['totals']['longest_wait'] for pool in pools)} s; bytes of leases {moved}, "
                f"echoed unchanged {echoed}; looks for a second owner {self.looks}\n"
                f"  inbound calls {len(calls.calls)}: {counts(calls.outcomes)}\n"
                f"  stopped {list(self.left.values()).count('stopped')}; cables pulled {len(self.gone_after)}, their "
                "clients gone after "
                + (f"{statistics.median(self.gone_after):.0f} s, at most {max(self.gone_after):.0f} s\n"
                   if self.gone_after else "-\n") +
                f"  processor time of External {used:.2f} s, {100 * used / lasted:.1f} %\n")
        show("lending-processes", text)

    # ---- all at once

    def test_a_thousand_that_wait_cost_little(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
        costs = Costs(self.process.pid)
        crowd = Crowd(self, self.ports["OFFICE"], 990)
        crowd.wait_until_told(b"in the queue.", 990 - len(MODEMS))
        costs.note("they come")
        log = session_log(self.folder)
        wait(lambda: session_log(self.folder) != log, "the first ones have said nothing for too long")
        costs.note("they wait")
        crowd.wait_until_told(b" is yours.", len(MODEMS))
        costs.note(f"{len(MODEMS)} get a modem, and all others another place")
        crowd.leave()
        wait(lambda: not any(pool["waiting"] for pool in self.pools()) and self.all_listen(),
             "all have gone, and all modems listen")
        costs.note("they go")
        show("lending-crowd", f"Lending to 990 clients at once, processor time of External: {costs}\n")


class Costs:
    """What steps cost a process, in seconds of the processor and of time."""

    def __init__(self, process):
        self.process, self.steps = process, []
        self.last = (seconds_of_processor(process), time.monotonic())

    def note(self, step):
        now = (seconds_of_processor(self.process), time.monotonic())
        self.steps.append(f"{step} {now[0] - self.last[0]:.2f} s of {now[1] - self.last[1]:.0f} s")
        self.last = now

    def __str__(self):
        return ", ".join(self.steps)


class Crowd:
    """Clients that come together, and listen."""

    def __init__(self, test, port, size):
        self.heard = {}
        self.events = select.epoll()
        test.addCleanup(self.events.close)
        self.clients = {}
        for _ in range(size):
            client = socket.create_connection(("127.0.0.1", port))
            test.addCleanup(client.close)
            self.clients[client.fileno()] = client
            self.heard[client.fileno()] = b""
            self.events.register(client, select.EPOLLIN)

    def wait_until_told(self, words, count):
        """So many of them have been told that."""
        def told():
            for number, _ in self.events.poll(0):
                piece = self.clients[number].recv(65536)
                self.heard[number] += piece
                if not piece:
                    self.events.unregister(number)
            return sum(words in heard for heard in self.heard.values()) >= count

        wait(told, f"{count} hear {words!r}")

    def leave(self):
        for client in self.clients.values():
            client.close()


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
