# Python's ssl reaches a server. Arguments: port, CA file, host name, then name=value:
# cert, key (files), alpn (comma-separated), bytes (how many to send), version (1.2 or 1.3),
# times (connections, each with the session of the one before it), forget (comes back by nothing).
# Prints what it knows of each.
import json, socket, ssl, sys

port, ca_file, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
options = dict(option.split("=", 1) for option in sys.argv[4:])
context = ssl.create_default_context(cafile=ca_file)
if "version" in options:
    version = ssl.TLSVersion["TLSv" + options["version"].replace(".", "_")]
    context.minimum_version = context.maximum_version = version
if "cert" in options:
    context.load_cert_chain(options["cert"], options["key"])
if "alpn" in options:
    context.set_alpn_protocols(options["alpn"].split(","))
data = bytes(range(256)) * (int(options.get("bytes", "256")) // 256)
session = None
try:
    for _ in range(int(options.get("times", "1"))):
        plain = socket.create_connection(("127.0.0.1", port), 15)
        with plain, context.wrap_socket(
            plain, server_hostname=name, suppress_ragged_eofs=False, session=session
        ) as tls:
            tls.sendall(data)
            back = bytearray()
            while len(back) < len(data):
                back += tls.recv(65536)
            print(json.dumps({
                "version": tls.version(),
                "suite": tls.cipher()[0],
                "alpn": tls.selected_alpn_protocol(),
                "subject_names": [value for _, value in tls.getpeercert()["subjectAltName"]],
                "reused": tls.session_reused,
                "stats": context.session_stats(),
                # TLS 1.3 has none.
                "unique": tls.get_channel_binding("tls-unique").hex()
                if tls.version() == "TLSv1.2" else None,
                "same": bytes(back) == data,
                "end": tls.recv(1) == b"",
            }))
            if "forget" not in options:
                session = tls.session
except ssl.SSLError as error:
    sys.exit(f"ssl: {error}")
