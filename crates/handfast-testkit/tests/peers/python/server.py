# Python's ssl as a server that sends back what comes. Arguments: port, certificate chain, key,
# then name=value: ca (file; asks for a client certificate), alpn, version (1.2 or 1.3), times
# (connections, one after another), tickets (0: none of TLS 1.2, and those of TLS 1.3 stand for
# sessions in its cache). Prints what it knows of each.
import json, socket, ssl, sys

port, chain, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
options = dict(option.split("=", 1) for option in sys.argv[4:])
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=options.get("ca"))
context.load_cert_chain(chain, key)
if "version" in options:
    version = ssl.TLSVersion["TLSv" + options["version"].replace(".", "_")]
    context.minimum_version = context.maximum_version = version
if options.get("tickets") == "0":
    context.options |= ssl.OP_NO_TICKET
if "ca" in options:
    context.verify_mode = ssl.CERT_REQUIRED
if "alpn" in options:
    context.set_alpn_protocols(options["alpn"].split(","))
names = []
context.sni_callback = lambda tls, name, context: names.append(name)
try:
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.settimeout(15)
        for _ in range(int(options.get("times", "1"))):
            plain, _ = listener.accept()
            plain.settimeout(15)
            names.clear()
            with context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False) as tls:
                while data := tls.recv(65536):
                    tls.sendall(data)
                peer = tls.getpeercert() if "ca" in options else None
                print(json.dumps({
                    "version": tls.version(),
                    "suite": tls.cipher()[0],
                    "alpn": tls.selected_alpn_protocol(),
                    "names": names,
                    "reused": tls.session_reused,
                    "stats": context.session_stats(),
                    # TLS 1.3 has none.
                    "unique": tls.get_channel_binding("tls-unique").hex()
                    if tls.version() == "TLSv1.2" else None,
                    "peer": dict(pair for part in peer["subject"] for pair in part) if peer else None,
                }), flush=True)
                tls.unwrap()
except ssl.SSLError as error:
    sys.exit(f"ssl: {error}")
