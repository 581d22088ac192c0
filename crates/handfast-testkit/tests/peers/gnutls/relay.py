# Starts a server that would listen on every address where only loopback exists (under unshare),
# and carries whoever comes to a Unix socket to it: networks do not part those. Ends, and ends the
# server, when its standard input does. Arguments: the socket's path, the port, the server's command.
import fcntl, os, signal, socket, struct, subprocess, sys, threading, time

signal.alarm(60)
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x41
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP_RUNNING))
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
server = subprocess.Popen(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=sys.stderr)


def reach():
    while server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", int(sys.argv[2])), 10)
        except OSError:
            time.sleep(0.005)


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def carry():
    while True:
        client, _ = listener.accept()
        if peer := reach():
            threading.Thread(target=copy, args=(client, peer), daemon=True).start()
            threading.Thread(target=copy, args=(peer, client), daemon=True).start()


try:
    threading.Thread(target=carry, daemon=True).start()
    while os.read(0, 65536):
        pass
finally:
    server.terminate()
    server.wait()
