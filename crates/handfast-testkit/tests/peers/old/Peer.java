// Java's TLS with everything that it switches off switched on, at either end.
//   java Peer.java suites
//   java Peer.java server VERSION KEYS ROOT MUTUAL TICKETS        echoes until its input ends
//   java Peer.java client VERSION KEYS ROOT MUTUAL TICKETS PORT BYTES VISITS SUITE...
import java.io.FileInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import java.security.Security;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

public class Peer {
    static final char[] PASSWORD = "handfast".toCharArray();

    public static void main(String[] args) throws Exception {
        for (String list : new String[] {"tls.disabledAlgorithms", "tls.legacyAlgorithms", "certpath.disabledAlgorithms"}) {
            Security.setProperty("jdk." + list, "");
        }
        if (args[0].equals("suites")) {
            for (String suite : SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites()) {
                System.out.println(suite);
            }
            return;
        }
        System.setProperty("jdk.tls.server.enableSessionTicketExtension", args[5]);
        System.setProperty("jdk.tls.client.enableSessionTicketExtension", args[5]);
        System.setProperty("jdk.tls.ephemeralDHKeySize", "2048");
        // SSL 3.0 has no extended master secret.
        System.setProperty("jdk.tls.allowLegacyResumption", "true");
        SSLContext context = context(args[2], args[3]);
        String[] versions = args[1].split(",");
        boolean mutual = args[4].equals("true");
        if (args[0].equals("server")) {
            serve(context, versions, mutual);
        } else {
            reach(context, versions, args);
        }
    }

    static SSLContext context(String keys, String root) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream file = new FileInputStream(keys)) {
            own.load(file, PASSWORD);
        }
        KeyManagerFactory shown = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        shown.init(own, PASSWORD);
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream file = new FileInputStream(root)) {
            trusted.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory believed = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        believed.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(shown.getKeyManagers(), believed.getTrustManagers(), null);
        return context;
    }

    static void serve(SSLContext context, String[] versions, boolean mutual) throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        SSLServerSocket listener =
                (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, loopback);
        listener.setEnabledProtocols(versions);
        listener.setEnabledCipherSuites(listener.getSupportedCipherSuites());
        listener.setNeedClientAuth(mutual);
        System.out.println("port " + listener.getLocalPort());
        Thread accepts = new Thread(() -> {
            while (true) {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    byte[] buffer = new byte[20000];
                    int read;
                    while ((read = socket.getInputStream().read(buffer)) > 0) {
                        socket.getOutputStream().write(buffer, 0, read);
                        socket.getOutputStream().flush();
                    }
                } catch (Exception failed) {
                    System.out.println("failed: " + failed);
                }
            }
        });
        accepts.setDaemon(true);
        accepts.start();
        while (System.in.read() >= 0) {
            // Whoever started this ends it by ending its input.
        }
    }

    static void reach(SSLContext context, String[] versions, String[] args) throws Exception {
        int port = Integer.parseInt(args[6]);
        byte[] sent = new byte[Integer.parseInt(args[7])];
        int visits = Integer.parseInt(args[8]);
        for (int at = 9; at < args.length; at++) {
            for (int visit = 0; visit < visits; visit++) {
                try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
                    socket.setEnabledProtocols(versions);
                    socket.setEnabledCipherSuites(new String[] {args[at]});
                    socket.setSoTimeout(20000);
                    for (int byteAt = 0; byteAt < sent.length; byteAt++) {
                        sent[byteAt] = (byte) (byteAt * 7 + at);
                    }
                    socket.getOutputStream().write(sent);
                    socket.getOutputStream().flush();
                    byte[] heard = socket.getInputStream().readNBytes(sent.length);
                    SSLSession session = socket.getSession();
                    String word = session.getValue("seen") == null ? "new" : "back";
                    session.putValue("seen", true);
                    String same = java.util.Arrays.equals(sent, heard) ? "same" : "changed";
                    System.out.println(session.getCipherSuite() + " " + session.getProtocol() + " " + word + " " + same);
                    // What comes behind, as a ticket, is heard to its end.
                    socket.getInputStream().read();
                }
            }
        }
    }
}
