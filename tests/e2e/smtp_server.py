"""A real SMTP server for the stories: Debian's aiosmtpd with rules by the recipient's local part.

    smtp_server.py FOLDER [--tls none|starttls|implicit] [--cert F --key F] [--user U --password P]

Listens on a free loopback port and writes it to FOLDER/port. Each accepted message is FOLDER/N.eml
as it came over the wire; FOLDER/log has a JSON object a line for every connection, login and
message. Local parts: greylist (451 the first time), nouser (550 5.1.1), full (452), spam (554
5.7.1 after DATA), drop (kept, then the connection is cut without a word), slow (answers late).
"""

import argparse
import asyncio
import json
import os
import signal
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Rules:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.seen = set()

    def log(self, **what):
        with open(os.path.join(self.folder, "log"), "a", encoding="utf-8") as file:
            file.write(json.dumps(what, ensure_ascii=False) + "\n")

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0].split("+")[0]
        if local == "greylist" and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 greylisted, try again later"
        if local == "nouser":
            return "550 5.1.1 no such user here"
        if local == "full":
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        locals_ = [address.split("@")[0].split("+")[0] for address in envelope.rcpt_tos]
        if "spam" in locals_:
            return "554 5.7.1 spam message rejected"
        if "slow" in locals_:
            await asyncio.sleep(float(os.environ.get("SMTP_SLOW", "2")))
        self.count += 1
        name = f"{self.count}.eml"
        with open(os.path.join(self.folder, name), "wb") as file:
            file.write(envelope.original_content)
        self.log(
            event="message",
            file=name,
            mail_from=envelope.mail_from,
            rcpt_tos=envelope.rcpt_tos,
            tls=session.ssl is not None or isinstance(
                server.transport.get_extra_info("ssl_object"), ssl.SSLObject),
            user=session.auth_data or "",
        )
        if "drop" in locals_:
            server.transport.abort()
            return "250 never said"
        return "250 2.0.0 OK queued as " + name


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    return parser.parse_args()


async def main():
    args = parse_args()
    os.makedirs(args.folder, exist_ok=True)
    rules = Rules(args.folder)
    context = None
    if args.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.cert, args.key)

    def authenticate(server, session, envelope, mechanism, data):
        good = (
            isinstance(data, LoginPassword)
            and data.login.decode() == args.user
            and data.password.decode() == args.password
        )
        rules.log(event="login", good=good, mechanism=mechanism)
        return AuthResult(success=good, handled=False, auth_data=args.user if good else None)

    def factory():
        rules.log(event="connection")
        return SMTP(
            rules,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=context if args.tls == "starttls" else None,
            require_starttls=args.tls == "starttls",
            authenticator=authenticate if args.user else None,
            auth_required=bool(args.user),
            auth_require_tls=args.tls == "starttls",
        )

    server = await asyncio.get_running_loop().create_server(
        factory, "127.0.0.1", args.port, ssl=context if args.tls == "implicit" else None
    )
    port = server.sockets[0].getsockname()[1]
    with open(os.path.join(args.folder, "port.new"), "w", encoding="ascii") as file:
        file.write(str(port))
    os.rename(os.path.join(args.folder, "port.new"), os.path.join(args.folder, "port"))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


asyncio.run(main())
sys.exit(0)
