#!/usr/bin/python3
"""A running External that hands mail over: to LMTP and SMTP servers written here, and to programs.

delivery_test.py EXTERNAL
"""

import os
import socket
import ssl
import subprocess
import sys
import threading
import unittest

from office_case import OfficeCase
from waiting import GIVING_UP, free_port, wait

EXTERNAL = sys.argv.pop(1)


class MailServer:
    """Takes mail by SMTP or LMTP; `answers` has replies to recipients (by the start of their addresses)."""

    def __init__(self, address, lmtp=False, certificate=None, dsn=False):
        self.lmtp, self.certificate, self.dsn = lmtp, certificate, dsn
        self.answers, self.mail, self.commands = {}, [], []
        self.connections = 0
        self.hold = threading.Event()  # set: content is answered
        self.hold.set()
        self.holding = threading.Event()
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(address)
        self.socket.listen(20)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.socket.close()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            self.talk(client)
        except OSError:
            pass
        finally:
            client.close()

    def talk(self, client):
        lines = client.makefile("rb")
        say = lambda text: client.sendall(text.encode() + b"\r\n")
        say("220 server")
        sender, recipients, encrypted = None, [], False
        for line in lines:
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb in ("EHLO", "LHLO"):
                if (verb == "LHLO") != self.lmtp:
                    say("500 wrong protocol")
                    continue
                extensions = ["8BITMIME", "ENHANCEDSTATUSCODES"] + (["DSN"] if self.dsn else [])
                if self.certificate and not encrypted:
                    extensions.append("STARTTLS")
                if encrypted:
                    extensions.append("AUTH PLAIN")
                say("\r\n".join(["250-server"] + ["250-" + one for one in extensions] + ["250 HELP"]))
            elif verb == "STARTTLS":
                say("220 go on")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self.certificate)
                client = context.wrap_socket(client, server_side=True)
                lines = client.makefile("rb")
                encrypted = True
                return self.go_on(client, lines)
            else:
                sender, recipients = self.step(client, lines, say, command, verb, sender, recipients)

    def go_on(self, client, lines):
        say = lambda text: client.sendall(text.encode() + b"\r\n")
        sender, recipients = None, []
        for line in lines:
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "EHLO":
                say("250-server\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 HELP")
            else:
                sender, recipients = self.step(client, lines, say, command, verb, sender, recipients)

    def step(self, client, lines, say, command, verb, sender, recipients):
        if verb == "AUTH":
            say("235 2.7.0 welcome")
        elif verb == "MAIL":
            sender, recipients = command, []
            say("250 2.1.0 ok")
        elif verb == "RCPT":
            address = command[command.index("<") + 1:command.index(">")]
            answer = self.answers.get(address.split("@")[0], "250 2.1.5 ok")
            if answer.startswith("250"):
                recipients.append(address)
            say(answer)
        elif verb == "DATA":
            say("354 go on")
            content = b""
            for line in lines:
                if line == b".\r\n":
                    break
                content += line[1:] if line.startswith(b".") else line
            self.holding.set()
            self.hold.wait(GIVING_UP)
            for _ in recipients if self.lmtp else [0]:
                say("250 2.0.0 saved")
            self.mail.append((sender, recipients, content))
        elif verb == "QUIT":
            say("221 bye")
            client.close()
        else:
            say("250 2.0.0 ok")
        return sender, recipients


class Delivers(OfficeCase):
    executable = EXTERNAL
    encoding = None

    def settings(self, text):
        self.write_settings("[External]\nHomePO = NORTH/CLINIC\n" + text)
        self.external("mailbox", "add", "anna", "ben")

    def start(self, environment=None):
        started = self.log().count(" started for ")
        self.launch(environment=environment)
        wait(lambda: self.log().count(" started for ") > started, "External starts")

    def send(self, *to, text="Subject: hi\n\n.dot\nend\n"):
        words = [word for one in to for word in ("--to", one)]
        sent = self.external("send", "--from", "anna", *words, text=text.encode())
        self.assertEqual(sent.returncode, 0, sent.stderr)

    def mailbox(self, name):
        box = self.folder + "/mail/" + name + "/new"
        messages = []
        for file in sorted(os.listdir(box)) if os.path.isdir(box) else []:
            with open(box + "/" + file, "rb") as message:
                messages.append(message.read())
        return messages

    def server(self, address, **options):
        server = MailServer(address, **options)
        self.addCleanup(server.close)
        return server

    def program(self, text):
        path = self.folder + "/program"
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o700)
        return path

    def test_lmtp_to_mailboxes_that_only_the_other_side_knows(self):
        socket_path = self.folder + "/lmtp"
        server = self.server(socket_path, lmtp=True)
        server.answers["gone"] = "550 5.1.1 no such user"
        self.settings("Deliver = lmtp:" + socket_path + "\n[Mailbox ben]\nDeliver = Maildir\n")
        self.start()
        self.send("carl", "ben", "gone")
        wait(lambda: len(server.mail) == 2 and len(self.mailbox("ben")) == 1, "all arrives")
        first, notice = server.mail
        self.assertEqual(first[:2], ("MAIL FROM:<anna@clinic.north> BODY=8BITMIME", ["carl@clinic.north"]))
        self.assertTrue(first[2].startswith(b"Received: by clinic.north (External) id "), first[2])
        self.assertTrue(first[2].endswith(b"Subject: hi\r\n\r\n.dot\r\nend\r\n"), first[2])
        self.assertEqual(notice[:2], ("MAIL FROM:<> BODY=8BITMIME", ["anna@clinic.north"]))
        self.assertIn(b"Diagnostic-Code: smtp; 550 5.1.1 no such user", notice[2])
        self.assertIn("Delivered ", self.log())

    def test_one_that_is_down_is_told_and_holds_up_nobody(self):
        socket_path = self.folder + "/lmtp"
        seen = self.folder + "/seen"
        program = self.program('cat >%s.new; echo "$@" >>%s.new; mv %s.new %s\n' % (seen, seen, seen, seen))
        self.settings("[Mailbox carl]\nDeliver = lmtp:%s\n[Mailbox dora]\nDeliver = |%s {mailbox} {sender}\n"
                      % (socket_path, program))
        self.start()
        self.send("carl")
        self.send("ben")
        self.send("dora")
        wait(lambda: self.mailbox("ben") and os.path.exists(seen), "the others arrive")
        with open(seen, "rb") as file:
            content = file.read()
        self.assertTrue(content.startswith(b"Return-Path: <anna@clinic.north>\nDelivered-To: dora@clinic.north\n"
                                           b"Received: by clinic.north"), content)
        self.assertTrue(content.endswith(b"\n.dot\nend\ndora anna@clinic.north\n"), content)
        waits = "NORTH/CLINIC by LMTP at " + socket_path
        wait(lambda: waits + ": no connection: No such file or directory; its mail waits, next try in 1 min."
             in self.log(), "the log tells")
        problems = self.external("status", "--problems")
        self.assertEqual(problems.returncode, 1)
        self.assertIn(("way-out      " + waits + ": 1 message").encode(), problems.stdout)
        self.assertIn(b"external retry NORTH/CLINIC", problems.stdout)
        self.assertIn(waits.encode(), self.external("status").stdout)
        route = self.external("route", "carl").stdout
        self.assertIn(("Mail for NORTH/CLINIC/CARL is handed over by LMTP at " + socket_path).encode(), route)
        server = self.server(socket_path, lmtp=True)
        retried = self.external("retry", "NORTH/CLINIC")
        self.assertIn(b"mail for 1 recipient is due now", retried.stdout)
        wait(lambda: len(server.mail) == 1, "it arrives after a retry")
        wait(lambda: waits + ": works again." in self.log(), "the log tells")
        wait(lambda: self.external("status", "--problems").returncode == 0, "nothing is stuck")

    def test_smtp_with_tls_a_password_and_a_certificate_that_is_looked_at(self):
        certificate = (self.folder + "/cert.pem", self.folder + "/key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", certificate[1], "-out", certificate[0]], check=True, capture_output=True)
        server = self.server(("127.0.0.1", 0), certificate=certificate)
        port = server.socket.getsockname()[1]
        self.settings("[PostOffice SOUTH/HUB]\nDeliver = smtp+tls://user:pass;word@localhost:%d\n" % port)
        self.start()
        self.send("bob@hub.south")
        wait(lambda: "TLS did not come about; is the server's certificate good?" in self.log(),
             "an unknown certificate is refused")
        self.assertEqual(server.mail, [])
        self.end()
        self.start({"SSL_CERT_FILE": certificate[0]})
        self.external("retry", "SOUTH/HUB")
        wait(lambda: len(server.mail) == 1, "it arrives")
        self.assertEqual(server.mail[0][1], ["bob@hub.south"])
        self.assertIn("AUTH PLAIN AHVzZXIAcGFzczt3b3Jk", server.commands)
        self.assertNotIn("pass;word", self.log())
        route = self.external("route", "SOUTH/HUB").stdout
        self.assertIn(b"handed over by SMTP with TLS at localhost:%d as user" % port, route)

    def test_wishes_for_notices_go_on_where_the_next_host_takes_them(self):
        server = self.server(("127.0.0.1", 0), dsn=True)
        self.settings("[PostOffice SOUTH/HUB]\nDeliver = smtp://127.0.0.1:%d\n" % server.socket.getsockname()[1])
        self.start()
        sent = self.external("send", "--from", "anna", "--to", "bob@hub.south", "--receipt", text=b"Subject: x\n\n")
        self.assertEqual(sent.returncode, 0)
        wait(lambda: len(server.mail) == 1, "it arrives")
        self.assertIn("RCPT TO:<bob@hub.south> NOTIFY=SUCCESS,FAILURE,DELAY", server.commands)
        wait(lambda: "Relayed " in self.log(), "the log tells")
        self.assertNotIn("Receipt for", self.log())

    def test_internet_addresses_leave_by_the_gateway(self):
        server = self.server(("127.0.0.1", 0))
        server.answers["nobody"] = "550 5.1.1 no such user"
        self.settings("Domain = clinic.example\nGateway = smtp://127.0.0.1:%d\n" % server.socket.getsockname()[1])
        self.start()
        self.send("Bob@gmail.example", "ben", "nobody@gmail.example")
        wait(lambda: len(server.mail) == 1 and self.mailbox("ben") and self.mailbox("anna"), "all arrives")
        self.assertEqual(server.mail[0][:2],
                         ("MAIL FROM:<anna@clinic.example> BODY=8BITMIME", ["Bob@gmail.example"]))
        notice = self.mailbox("anna")[0]
        self.assertIn(b"Final-Recipient: rfc822; nobody@gmail.example\n", notice)
        self.assertIn(b"Remote-MTA: dns; [127.0.0.1]\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n", notice)

    def test_one_connection_carries_many_messages(self):
        server = self.server(("127.0.0.1", 0))
        self.settings("[PostOffice SOUTH/HUB]\nDeliver = smtp://127.0.0.1:%d\n" % server.socket.getsockname()[1])
        for _ in range(30):
            self.send("bob@hub.south")
        self.start()
        wait(lambda: len(server.mail) == 30, "all arrive")
        self.assertLessEqual(server.connections, 4)

    def test_killed_in_the_middle_nothing_is_lost(self):
        server = self.server(("127.0.0.1", 0))
        server.hold.clear()
        self.settings("[PostOffice SOUTH/HUB]\nDeliver = smtp://127.0.0.1:%d\n" % server.socket.getsockname()[1])
        self.start()
        for number in range(6):
            self.send("bob@hub.south", text="Subject: %d\n\nx\n" % number)
        self.assertTrue(server.holding.wait(GIVING_UP))
        self.process.kill()
        self.process.wait(GIVING_UP)
        server.mail.clear()
        server.hold.set()
        self.start()
        subjects = lambda: {line for mail in list(server.mail) for line in mail[2].split(b"\r\n")
                            if line.startswith(b"Subject: ")}
        wait(lambda: len(subjects()) == 6, "all arrive after the restart")
        wait(lambda: b"empty" in self.external("queue", "list").stdout, "the queue is empty")

    def test_settings_that_are_wrong_are_refused_with_line_and_cure(self):
        self.settings("Deliver = lmtp:dovecot\n")
        refused = self.external("status")
        self.assertEqual(refused.returncode, 78)
        self.assertIn(b"external.ini:3: error: Deliver: expected Maildir, lmtp:/path/of/socket", refused.stderr)


if __name__ == "__main__":
    unittest.main()
