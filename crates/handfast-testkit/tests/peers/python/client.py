# Python's ssl reaches a server. Arguments: port, CA file, host name, then name=value:
# cert, key (files), alpn (comma-separated), bytes (how many to send). Prints what it knows.
import json, socket, ssl, sys

port, ca_file, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
options = dict(option.split("=", 1) for option in sys.argv[4:])
context = ssl.create_default_context(cafile=ca_file)
if "cert" in options:
    context.load_cert_chain(options["cert"], options["key"])
if "alpn" in options:
    context.set_alpn_protocols(options["alpn"].split(","))
data = bytes(range(256)) * (int(options.get("bytes", "256")) // 256)
try:
    with socket.create_connection(("127.0.0.1", port), 15) as plain:
        with context.wrap_socket(plain, server_hostname=name, suppress_ragged_eofs=False) as tls:
            tls.sendall(data)
            back = bytearray()
            while len(back) < len(data):
                back += tls.recv(65536)
            print(json.dumps({
                "version": tls.version(),
                "suite": tls.cipher()[0],
                "alpn": tls.selected_alpn_protocol(),
                "subject_names": [value for _, value in tls.getpeercert()["subjectAltName"]],
                "same": bytes(back) == data,
                "end": tls.recv(1) == b"",
            }))
except ssl.SSLError as error:
    sys.exit(f"ssl: {error}")
