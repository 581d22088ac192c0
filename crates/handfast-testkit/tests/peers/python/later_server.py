# Python's ssl as a server that asks after the handshake who its client is, twice. Arguments: port,
# certificate chain, key, CA file. Sends back three lines; prints whom it knows before each.
import socket, ssl, sys

port, chain, key, ca = int(sys.argv[1]), *sys.argv[2:]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
context.load_cert_chain(chain, key)
context.post_handshake_auth = True
context.verify_mode = ssl.CERT_REQUIRED


def name(tls):
    peer = tls.getpeercert()
    return dict(pair for part in peer["subject"] for pair in part)["commonName"] if peer else None


with socket.create_server(("127.0.0.1", port)) as listener:
    listener.settimeout(15)
    plain, _ = listener.accept()
    plain.settimeout(15)
    with context.wrap_socket(plain, server_side=True) as tls:
        for when in ["before", "after", "after"]:
            line = b""
            while len(line) < 15:
                line += tls.recv(15 - len(line)) or sys.exit("it ended early")
            print(f"{when}: {name(tls)}", flush=True)
            tls.verify_client_post_handshake()
            tls.sendall(line)
        try:
            tls.unwrap()
        except (OSError, ssl.SSLError):
            pass
