use super::*;

/// Keys as a file writes them.
fn parse(toml: &[(&str, &str)]) -> Result<Security, String> {
    let mut keys = SecurityKeys::default();
    for (key, value) in toml {
        let (text, path) = (Some((*value).to_owned()), Some(PathBuf::from(value)));
        match *key {
            "security_protocol" => keys.security_protocol = (*value).to_owned(),
            "ca_file" => keys.ca_file = path,
            "certificate_file" => keys.certificate_file = path,
            "key_file" => keys.key_file = path,
            "key_password" => keys.key_password = text.map(Secret::new),
            "key_password_file" => keys.key_password_file = path,
            "sasl_mechanism" => keys.sasl_mechanism = text,
            "sasl_username" => keys.sasl_username = text,
            "sasl_password" => keys.sasl_password = text.map(Secret::new),
            "sasl_password_file" => keys.sasl_password_file = path,
            other => panic!("no key {other}"),
        }
    }
    Security::try_from(keys).map_err(|error| error.to_string())
}

fn file(text: &str) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let path = file.path().display().to_string();
    (file, path)
}

#[test]
fn without_keys_nothing_is_protected_and_empty_keys_are_none() {
    assert_eq!(parse(&[("security_protocol", "plaintext")]).unwrap(), Security::Plaintext);
    let empty = ["ca_file", "key_file", "key_password", "sasl_username", "sasl_password_file"];
    let keys: Vec<_> = empty.map(|key| (key, "")).into_iter().chain([("security_protocol", "SSL")]).collect();
    assert_eq!(parse(&keys).unwrap(), Security::Ssl(Encryption::default()));
}

#[test]
fn an_account_is_taken_with_its_password_or_the_file_that_holds_it() {
    let account =
        [("security_protocol", "sasl_ssl"), ("sasl_mechanism", "scram-sha-512"), ("sasl_username", "rasid")];
    let given = parse(&[&account[..], &[("sasl_password", "p w")]].concat()).unwrap();
    let (_kept, path) = file("p w\n");
    let kept = parse(&[&account[..], &[("sasl_password_file", &path)]].concat()).unwrap();
    assert_eq!(given, kept);
    let account = given.account().unwrap();
    assert_eq!((account.mechanism, account.password.expose()), (Mechanism::ScramSha512, "p w"));
    assert!(!format!("{given:?}").contains("p w"));
}

#[test]
fn a_key_that_the_protocol_has_no_use_for_is_refused_with_what_would_use_it() {
    let told = parse(&[("security_protocol", "plaintext"), ("ca_file", "/ca.pem")]).unwrap_err();
    assert_eq!(
        told,
        "kafka.ca_file is set, but kafka.security_protocol = \"plaintext\" makes no use of it; take the key out, or set \
         kafka.security_protocol to ssl or sasl_ssl"
    );
    for (protocol, key, instead) in [
        ("plaintext", "sasl_username", "sasl_ssl"),
        ("plaintext", "key_password_file", "ssl or sasl_ssl"),
        ("ssl", "sasl_password", "sasl_ssl"),
        ("ssl", "sasl_mechanism", "sasl_ssl"),
        ("sasl_plaintext", "certificate_file", "sasl_ssl"),
    ] {
        let told = parse(&[("security_protocol", protocol), (key, "x")]).unwrap_err();
        assert!(told.starts_with(&format!("kafka.{key} is set")), "{told}");
        assert!(told.ends_with(&format!("to {instead}")), "{told}");
    }
}

#[test]
fn what_lacks_is_named_with_the_variable_that_sets_it() {
    let sasl = [("security_protocol", "sasl_ssl"), ("sasl_mechanism", "PLAIN"), ("sasl_username", "rasid")];
    for (keys, told) in [
        (&sasl[..1], "kafka.sasl_mechanism is not set, which kafka.security_protocol = \"sasl_ssl\" needs"),
        (&sasl[..2], "kafka.sasl_username is not set"),
        (&sasl[..3], "or as RASID_KAFKA__SASL_PASSWORD"),
    ] {
        let error = parse(keys).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
    let ssl = |key| parse(&[("security_protocol", "ssl"), (key, "/x.pem")]).unwrap_err();
    assert!(
        ssl("certificate_file").contains("kafka.key_file is not set, which kafka.certificate_file needs")
    );
    assert!(ssl("key_file").contains("kafka.certificate_file is not set"));
    assert!(ssl("key_password").contains("kafka.key_file is not set"));
}

#[test]
fn names_that_are_in_no_list_are_refused_with_the_list() {
    let told = parse(&[("security_protocol", "tls")]).unwrap_err();
    assert_eq!(
        told,
        "kafka.security_protocol must be one of plaintext, ssl, sasl_plaintext, sasl_ssl, got 'tls'"
    );
    let told = parse(&[("security_protocol", "sasl_ssl"), ("sasl_mechanism", "GSSAPI")]).unwrap_err();
    assert!(told.contains("SCRAM-SHA-512, SCRAM-SHA-256, PLAIN, got 'GSSAPI'"), "{told}");
}

#[test]
fn files_are_looked_at_before_anything_is_connected() {
    let ssl = |key, path: &str| parse(&[("security_protocol", "ssl"), (key, path)]).unwrap_err();
    let told = ssl("ca_file", "/nowhere/ca.pem");
    assert!(told.starts_with("kafka.ca_file names /nowhere/ca.pem, which cannot be read"), "{told}");
    let (_der, der) = file("\u{30}\u{82}no text");
    assert!(ssl("ca_file", &der).contains("which holds no certificate; give a PEM file"));
    let (_certificate, certificate) = file(PEM_CERTIFICATE);
    let (_key, key) = file("-----BEGIN ENCRYPTED PRIVATE KEY-----");
    let own = |key: &str, more: &[(&str, &str)]| {
        let keys =
            [("security_protocol", "ssl"), ("certificate_file", certificate.as_str()), ("key_file", key)];
        parse(&[&keys[..], more].concat())
    };
    assert!(own(&certificate, &[]).unwrap_err().contains("which holds no private key"));
    assert!(own(&key, &[]).unwrap_err().contains("kafka.key_password is not set, which the encrypted key"));
    let (_word, word) = file("word");
    let read = own(&key, &[("key_password_file", &word)]).unwrap();
    let own_certificate = read.encryption().and_then(|encryption| encryption.own.clone()).unwrap();
    assert_eq!(own_certificate.key_password, Some(Secret::new("word")));
    let both = own(&key, &[("key_password_file", &word), ("key_password", "word")]).unwrap_err();
    assert_eq!(both, "kafka.key_password and kafka.key_password_file are both set; keep one of them");
    let (_lines, lines) = file("two\nlines\n");
    assert!(own(&key, &[("key_password_file", &lines)]).unwrap_err().contains("on its only line"));
}
