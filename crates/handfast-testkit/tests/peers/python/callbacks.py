# Python's ssl with all its callbacks, as client or server. Arguments: role, port, then name=value: ca,
# chain and key (files), version (1.2 or 1.3), names (those to ask for, one connection each), alpn, keys (a
# file for the key log). Prints a line for each thing that its message callback is told, and at the end of
# a connection whom it met, or why not.
import socket, ssl, sys

role, port = sys.argv[1], int(sys.argv[2])
options = dict(option.split("=", 1) for option in sys.argv[3:])
if role == "client":
    context = ssl.create_default_context(cafile=options["ca"])
else:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["chain"], options["key"])
if "version" in options:
    version = ssl.TLSVersion["TLSv" + options["version"].replace(".", "_")]
    context.minimum_version = context.maximum_version = version
if "alpn" in options:
    context.set_alpn_protocols(options["alpn"].split(","))
if "keys" in options:
    context.keylog_filename = options["keys"]


def told(tls, direction, version, content_type, msg_type, data):
    numbers = int(version), int(content_type), int(msg_type)
    print("told", direction, *numbers, data.hex(), flush=True)


context._msg_callback = told


def meet(plain, **more):
    plain.settimeout(15)
    try:
        with context.wrap_socket(plain, **more) as tls:
            if role == "client":
                tls.sendall(b"a line of text\n")
            line = b""
            while len(line) < 15:
                line += tls.recv(15 - len(line)) or sys.exit("it ended early")
            if role == "server":
                tls.sendall(line)
            names = tls.getpeercert()["subjectAltName"] if role == "client" else ()
            # Of a full handshake the client's Finished, in TLS 1.3 too.
            print("unique", tls.get_channel_binding("tls-unique").hex(), flush=True)
            print("met", tls.selected_alpn_protocol(), *(name for _, name in names), flush=True)
            tls.unwrap()
    except ssl.SSLError as error:
        print("refused", error.reason, flush=True)


if role == "client":
    for name in options["names"].split(","):
        meet(socket.create_connection(("127.0.0.1", port), 15), server_hostname=name)
else:
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(15)
        meet(listener.accept()[0], server_side=True)
