# Python's ssl as a client that may be asked after the handshake who it is. Arguments: port, CA file,
# certificate chain, key. Sends a line and prints what comes back.
import socket, ssl, sys

port, ca, chain, key = int(sys.argv[1]), *sys.argv[2:]
context = ssl.create_default_context(cafile=ca)
context.load_cert_chain(chain, key)
context.post_handshake_auth = True
plain = socket.create_connection(("127.0.0.1", port), 15)
with context.wrap_socket(plain, server_hostname="localhost") as tls:
    tls.sendall(b"a line of text\n")
    line = b""
    while len(line) < 15:
        line += tls.recv(15 - len(line)) or sys.exit("it ended early")
    print(line.decode(), end="")
    tls.unwrap()
