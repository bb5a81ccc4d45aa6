"""The books of many clients at lent modems: what the clients say, what the callers say, Session.log, and the tallies
of the pools. Whatever does not agree is a problem, told in one line."""

import collections
import re
from dataclasses import dataclass

CLOSED, IDLE, LIMIT, CALL = "the client has gone", "nothing was said for IdleLimit", "LeaseLimit is over", "someone calls"


@dataclass(frozen=True)
class Lease:
    modem: str
    client: str  # ADDRESS of POOL
    end: str = ""
    to_modem: int = 0
    from_modem: int = 0

    @property
    def pool(self):
        return self.client.rsplit(" ", 1)[1]


class Log:
    """What Session.log tells of leases."""

    def __init__(self, text):
        self.text = text
        self.problems = []
        self.leases = []
        holders = {}
        for line in text.splitlines():
            begun = re.search(r"(Modem\d).*Lent to (\S+ of \w+)\.", line)
            ended = re.search(r"(Modem\d).*Lease of (\S+ of \w+) ended after \d+ s: (.*?); (\d+) bytes .*?, (\d+) from", line)
            if begun:
                modem, client = begun.groups()
                if holders.get(modem):
                    self.problems.append(f"{modem} was lent to {client} while {holders[modem]} had it")
                holders[modem] = client
            if ended:
                modem, client, end, to_modem, from_modem = ended.groups()
                if holders.get(modem) != client:
                    self.problems.append(f"{modem}: the lease of {client} ended, but {holders.get(modem)} had it")
                holders[modem] = None
                self.leases.append(Lease(modem, client, end, int(to_modem), int(from_modem)))
        self.problems += [f"{modem}: the lease of {client} has no end" for modem, client in holders.items() if client]
        self.refused = re.findall(r"Lease refused to (\S+ of \w+): ([^.]*)\.", text)


def repeated(names, what):
    return [f"{name} {what} {count} times" for name, count in collections.Counter(names).items() if count > 1]


class Clients:
    """What became of each client, by its own word. `entries`: all that they told; `left`: how those went that were
    stopped or cut off, by number."""

    def __init__(self, entries, left):
        self.entries = entries
        self.left = left
        self.names = {entry["client"]: f"{entry['address']} of {entry['pool']}" for entry in self.of("came")}

    def of(self, event):
        return [entry for entry in self.entries if entry["event"] == event]

    def problems(self, log, calls):
        problems = [f"client {entry['client']}: {entry}" for entry in self.of("strange bytes") + self.of("failed")]
        leases = {lease.client: lease for lease in log.leases}
        refused = dict(log.refused)
        problems += repeated((lease.client for lease in log.leases), "had a modem")
        problems += repeated((name for name, _ in log.refused), "was refused one")
        problems += [f"{name} had a modem, and was refused one" for name in leases.keys() & refused.keys()]
        known = set(self.names.values())
        problems += [f"{name} is nobody who came" for name in (leases.keys() | refused.keys()) - known]
        for entry in self.of("answers"):
            if self.names[entry["client"]] not in leases:
                problems.append(f"{self.names[entry['client']]} has talked to a modem, but was lent none")
        for entry in self.of("sent away"):
            problems += self.of_end(entry, leases.get(self.names[entry["client"]]), refused, calls)
        for entry in self.of("sent away") + self.of("went"):
            lease = leases.get(self.names[entry["client"]])
            if lease:
                problems += of_bytes(lease, entry)
        for number, way in self.left.items():
            problems += of_way(leases.get(self.names.get(number)), way)
        return problems

    def of_end(self, entry, lease, refused, calls):
        name = self.names[entry["client"]]
        if not lease and name not in refused:
            return [f"{name} was sent away, and nothing says why: {entry['text']!r}"]
        if lease and lease.end == CLOSED:
            return [f"{name} was sent away, but the log says that it went: {entry['text']!r}"]
        if lease and lease.end == IDLE and entry["awaits"] and not self.dialled_while_called(entry, lease, calls):
            return [f"{name} at {lease.modem} was left waiting for {entry['awaits']}: {entry['text']!r}"]
        return []


    def dialled_while_called(self, entry, lease, calls):
        """Whose dialling meets a call hears no result of it: both ends have seized the line."""
        dialled = [one["at"] for one in self.of("dials") if one["client"] == entry["client"]]
        return any(call.modem == lease.modem and call.began <= at <= call.ended for call in calls for at in dialled)


def of_bytes(lease, entry):
    """Of a client that heard all until the end none may be missing. One that went may not have heard the last of
    them, and the modem not what it said last."""
    whole = entry.get("whole", False)
    if entry["event"] == "sent away" and not whole:
        return []
    problems = []
    if entry["heard"] > lease.from_modem or (whole and entry["heard"] < lease.from_modem):
        problems.append(f"{lease.client} heard {entry['heard']} bytes of {lease.modem}, which said {lease.from_modem}")
    if lease.to_modem > entry["sent"] or (lease.end == IDLE and lease.to_modem < entry["sent"]):
        problems.append(f"{lease.client} said {entry['sent']} bytes, of which {lease.modem} was told {lease.to_modem}")
    return problems


def of_way(lease, way):
    ends = {"stopped": {IDLE, LIMIT, CALL}, "cable pulled": {CLOSED, CALL}}[way]
    if not lease or lease.end in ends:
        return []
    return [f"{lease.client} was {'stopped' if way == 'stopped' else 'cut off'}, but its lease ended so: {lease.end}"]


class Calls:
    """What became of each call. Its lines in the log stand between its beginning and that of a call to the same modem
    that began after its end; of those that overlap each can have them, but there is one line for each."""

    def __init__(self, calls, log, clients):
        self.calls = sorted(calls, key=lambda call: call.logged)
        self.log, self.clients = log, clients
        self.problems = []
        self.outcomes = collections.Counter(self.outcome(call) for call in self.calls)
        for modem in sorted({call.modem for call in calls}):
            connected = sum(call.modem == modem and call.result == "CONNECT" for call in calls)
            answered = len(re.findall(modem + ".*Answering call", log.text))
            if connected > answered:
                self.problems.append(f"{connected} callers were connected to {modem}, which answered {answered} calls")

    def outcome(self, call):
        if call.result == "BUSY":
            return "busy"
        said = self.said_of(call)
        answered = "Answering call" in said
        if call.result == "CONNECT" and not answered:
            self.problems.append(f"a call to {call.modem} was answered, but not by External: {said!r}")
        if answered:
            return "answered"
        if "Call refused" in said:
            return "refused"
        if "Call not" in said:
            return "given up by the caller"
        if self.follows_one_refused(call):
            return "refused"
        if self.met_dialling(call, said):
            return "met a client's dialling"
        self.problems.append(f"a call to {call.modem}: {call.result}, and nothing says why: {said!r}")
        return "lost"

    def said_of(self, call):
        ends = [other.logged for other in self.calls
                if other.modem == call.modem and other.began >= call.ended and other.result != "BUSY"
                and other.logged > call.logged_at_end]
        said = self.log.text[call.logged:min(ends, default=len(self.log.text))]
        return "\n".join(line for line in said.splitlines() if line.startswith(call.modem))

    def follows_one_refused(self, call):
        """Rings of two calls that come one right after the other are those of one, as far as the log can tell."""
        lines = [line for line in self.log.text[:call.logged].splitlines() if call.modem in line]
        last = max((number for number, line in enumerate(lines) if "Lent to" in line), default=None)
        return last is not None and any("Call refused" in line for line in lines[last:]) and not any(
            "Lease of" in line for line in lines[last:])

    def met_dialling(self, call, said):
        """One who dials between two rings seizes the line, as the caller has: then neither hears of the other."""
        heard = {entry["client"] for entry in self.clients.of("has a result")}
        lent = {lease.client for lease in self.log.leases if lease.modem == call.modem}
        for entry in self.clients.of("dials"):
            name = self.clients.names[entry["client"]]
            if name in lent and (call.began <= entry["at"] <= call.ended
                                 or entry["client"] not in heard and f"Lease of {name} " in said):
                return True
        return False


def of_pools(pools, log):
    """The tallies agree with the log, and nothing is left over."""
    problems = []
    for pool in pools:
        name, totals = pool["pool"], pool["totals"]
        leases = [lease for lease in log.leases if lease.pool == name]
        counted = {
            "leases that ended": (sum(totals["ended"].values()), len(leases)),
            "refusals": (sum(totals["refused"].values()), sum(who.endswith(" " + name) for who, _ in log.refused)),
            "bytes to modems": (totals["to_modem"], sum(lease.to_modem for lease in leases)),
            "bytes from modems": (totals["from_modem"], sum(lease.from_modem for lease in leases)),
        }
        problems += [f"{name}: {what}: {ours} in the tally, {theirs} in the log"
                     for what, (ours, theirs) in counted.items() if ours != theirs]
        problems += [f"{one['client']} still waits at {name}" for one in pool["waiting"]]
    return problems


def of_owners(pools):
    """At any moment: a modem has one client, a client one modem, and who has one waits for none."""
    has = [(modem["client"], modem["instance"], modem["state"])
           for pool in pools for modem in pool["modems"] if modem["client"]]
    waits = {one["client"] for pool in pools for one in pool["waiting"]}
    problems = repeated((instance for _, instance, _ in has), "has an owner")
    problems += repeated((client for client, _, _ in has), "is an owner")
    problems += [f"{instance} is {state}, but {client} has it" for client, instance, state in has if state != "LENT"]
    problems += [f"{client} has {instance}, and waits" for client, instance, _ in has if client in waits]
    problems += [f"{modem['instance']} has no state" for pool in pools for modem in pool["modems"] if not modem["state"]]
    return problems
