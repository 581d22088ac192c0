//! Two records of SSL 3.0 under one key, made with Python's hashlib (the MAC as RFC 6101 section
//! 5.2.3.1 writes it) and `openssl enc -nopad` of OpenSSL 3.0 over both records at once.

use super::*;

const CONTENTS: [&[u8]; 2] = [b"The first record of two.", b"And the second."];

const SHA1: [(BulkCipher, &str); 3] = [
    (
        BulkCipher::TripleDesCbc,
        "1fe02b1a825bcbcff7f44cf711199a745619e3fbb80de0290cca27cac627c49612f274ea6585ff37a613572d\
         22f8e03e82a95a13ac70301d6eea14455ba878f078a6369d6802d56a70b20842a10523b6e480e3da80a0d771",
    ),
    (
        BulkCipher::Aes128Cbc,
        "e5fc134e35f1a63be70492396adefb316b76a44ed0cb6bfc2eb252d700484623ccbadb1509572a4d03d92574\
         ae0964e3afba9c90c3aebc84325897f2f7958897e7996dcafb388fdb81c722b1aa63422204207d3935ee32a6\
         d66e6a317802d004",
    ),
    (
        BulkCipher::Rc4,
        "3ac142d4925b4b29ef953d3dd1b027187eb39534333eccd1c48f6ed08aac213cf1c1f3f05179bc6ab6ec4dfc\
         ee1fd5c393934c0431dc7365d9095b1405acac599d6513d7daedbf3d4aedbe97ff19cd",
    ),
];

const MD5: [(BulkCipher, &str); 3] = [
    (
        BulkCipher::TripleDesCbc,
        "1fe02b1a825bcbcff7f44cf711199a745619e3fbb80de0294d6ca476a13c449b24da858fe5b126a2280c6fd9\
         a5927e399fd86d987c3e31538809fce3a10fbe727b9ab9fd761e07eaa775cec3ee3667e0",
    ),
    (
        BulkCipher::Aes128Cbc,
        "e5fc134e35f1a63be70492396adefb31b4680c9658bb2175cc8b358afe1776436a59ee96781a0bae340dd18e\
         0240004274faf61a9875a18a8a547096b4327b3fd360e78b9efc9dba249f18a35a304853",
    ),
    (
        BulkCipher::Rc4,
        "3ac142d4925b4b29ef953d3dd1b027187eb39534333eccd17cdf153c157fd9ebb02fb17b63e8be0cb5ab2f9c\
         db19d4c3949e4a4b2cdd3e3bbb2c265dcbcac03df9a4232c0a8729",
    ),
];

#[test]
fn records_of_ssl3_are_what_others_compute() {
    for (cipher, wanted) in SHA1 {
        held_to(cipher, HashAlgorithm::Sha1, wanted);
    }
    for (cipher, wanted) in MD5 {
        held_to(cipher, HashAlgorithm::Md5, wanted);
    }
}

fn held_to(cipher: BulkCipher, hash: HashAlgorithm, wanted: &str) {
    let protection = Protection {
        cipher,
        hash,
        order: Order::MacThenEncrypt,
        mac: MacForm::Ssl3,
        iv: IvRule::Chained,
    };
    let bytes = Bytes::of(protection);
    let mut sealer = sealer(protection, &bytes);
    let mut opener = BlockOpener::new(protection, bytes.keys()).unwrap();
    let mut stream = Vec::new();
    for (sequence, content) in (0u8..).zip(CONTENTS) {
        let header = [0, 0, 0, 0, 0, 0, 0, sequence, 23, 3, 0];
        let mut body = vec![0; protection.sealed_len(content.len())];
        sealer.seal(&header, content, &mut body).unwrap();
        stream.extend_from_slice(&body);
        let place = opener.open(&header, &mut body).unwrap();
        assert_eq!(&body[place], content);
    }
    assert_eq!(stream, hex(wanted), "{cipher:?} {hash:?}");
}
