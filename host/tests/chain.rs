//! Chains: what is read, what is refused, and that every refusal names what is allowed.

use host::chain::{Chain, ChainError, NAMED_CHAINS};

fn parse(text: &str) -> Result<Chain, ChainError> {
    Chain::parse(text, "test.toml")
}

#[test]
fn a_chain_is_read_in_order_with_every_kind_of_value() {
    let chain = parse(
        r#"
        name = "Two of them"
        output_level_db = -0.3
        [[plugin]]
        use = "glue"
        threshold = "-18 dB"
        ratio = 2
        makeup = 1.5
        drive = true
        [[plugin]]
        use = "eq"
        [[plugin]]
        use = "glue"
        drive = false
        "#,
    )
    .expect("a chain");
    assert_eq!(chain.name, "Two of them");
    assert_eq!(chain.output_level_db, Some(-0.3));
    let plugins: Vec<&str> = chain.links.iter().map(|link| link.plugin.as_str()).collect();
    assert_eq!(plugins, ["glue", "eq", "glue"]);
    let mut values = chain.links[0].values.clone();
    values.sort();
    let expected = [("drive", "on"), ("makeup", "1.5"), ("ratio", "2"), ("threshold", "-18 dB")];
    assert_eq!(values, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!(chain.links[2].values, [("drive".to_owned(), "off".to_owned())]);
    // A whole number is a level too; without a name the chain is called by its file.
    let chain = parse("output_level_db = -1").expect("a chain");
    assert_eq!((chain.output_level_db, chain.name.as_str()), (Some(-1.0), "test.toml"));
}

#[test]
fn what_is_no_chain_is_refused_with_the_reason() {
    for (text, words) in [
        ("name = ", &["test.toml", "TOML"][..]),
        ("nmae = \"x\"", &["nmae", "name, output_level_db, [[plugin]]"]),
        ("name = 3", &["name"]),
        ("output_level_db = 3", &["output_level_db", "-60 to 0"]),
        ("output_level_db = nan", &["output_level_db"]),
        ("output_level_db = \"loud\"", &["output_level_db"]),
        ("[plugin]\nuse = \"glue\"", &["[[plugin]]"]),
        ("[[plugin]]\nthreshold = 1", &["plugin 1", "use"]),
        ("[[plugin]]\nuse = \"a\"\n[[plugin]]\nuse = \"\"", &["plugin 2", "use"]),
        ("[[plugin]]\nuse = \"a\"\nthreshold = [1]", &["plugin 1", "threshold"]),
        ("plugin = [1]", &["plugin 1"]),
    ] {
        let error = parse(text).expect_err(text).to_string();
        for word in words {
            assert!(error.contains(word), "{text:?} gave {error:?}, which lacks {word:?}");
        }
    }
}

#[test]
fn overrides_reach_the_plugin_they_name() {
    let mut chain =
        parse("[[plugin]]\nuse = \"glue\"\n[[plugin]]\nuse = \"eq\"\n[[plugin]]\nuse = \"glue\"").expect("chain");
    chain.set("eq.gain=\"-1.5 dB\"").expect("one eq");
    chain.set("eq.1.slope=12").expect("one eq, numbered");
    chain.set("glue.2.threshold = -18 dB").expect("the second glue");
    // A value may hold an equals sign.
    chain.set("glue.1.note=a=b").expect("the first glue");
    let value = |link: usize, at: usize| {
        let (key, value) = &chain.links[link].values[at];
        (key.as_str(), value.as_str())
    };
    assert_eq!((value(1, 0), value(1, 1)), (("gain", "-1.5 dB"), ("slope", "12")));
    assert_eq!((value(2, 0), value(0, 0)), (("threshold", "-18 dB"), ("note", "a=b")));

    for (given, words) in [
        ("glue.threshold=1", &["2 times", "glue.1.threshold", "glue.2.threshold"][..]),
        ("glue.3.threshold=1", &["2 time"]),
        ("glue.0.threshold=1", &["2 time"]),
        ("tape.drive=1", &["tape", "glue, eq, glue"]),
        ("glue.threshold", &["PLUGIN.PARAMETER=VALUE"]),
        ("threshold=1", &["PLUGIN.PARAMETER=VALUE"]),
        (".threshold=1", &["PLUGIN.PARAMETER=VALUE"]),
        ("glue.=1", &["PLUGIN.PARAMETER=VALUE"]),
    ] {
        let error = chain.set(given).expect_err(given).to_string();
        for word in words {
            assert!(error.contains(word), "{given:?} gave {error:?}, which lacks {word:?}");
        }
    }
    let mut empty = parse("").expect("an empty chain");
    let error = empty.set("glue.threshold=1").expect_err("no plugin").to_string();
    assert!(error.contains("no plugin at all"), "{error}");

    // A plugin may be called by its id, dots and all.
    let mut chain = parse("[[plugin]]\nuse = \"org.twobus.glue\"").expect("chain");
    chain.set("org.twobus.glue.ratio=4").expect("by id");
    assert_eq!(chain.links[0].values, [("ratio".to_owned(), "4".to_owned())]);
}

#[test]
fn starting_points_are_chains_and_are_listed_where_one_is_missing() {
    for named in NAMED_CHAINS {
        let chain = Chain::load(named.name).expect(named.name);
        assert!(chain.links.len() > 1 && chain.output_level_db == Some(-0.3), "{}", named.name);
        // The final level, and moves under 2 dB before it.
        let last = chain.links.last().expect("plugins");
        assert_eq!(last.plugin, "limiter", "{}", named.name);
        assert!(last.values.contains(&("ceiling".to_owned(), "-0.3 dBTP".to_owned())), "{}", named.name);
        for link in chain.links.iter().filter(|link| link.plugin == "eq") {
            for (_, gain) in link.values.iter().filter(|(key, _)| key.ends_with("_gain")) {
                let db: f64 = gain.trim_end_matches(" dB").parse().expect("dB");
                assert!(db.abs() < 2.0, "{}: {gain}", named.name);
            }
        }
    }
    let error = Chain::load("glue-gentel").expect_err("a slip").to_string();
    for named in NAMED_CHAINS {
        assert!(error.contains(named.name), "{error}");
    }
    let error = Chain::load("no/such.toml").expect_err("no file");
    assert!(matches!(error, ChainError::Unreadable { .. }) && error.to_string().contains("no/such.toml"), "{error}");
}

#[test]
fn a_plugin_that_is_not_there_is_named() {
    let chain = parse("[[plugin]]\nuse = \"glue\"").expect("chain");
    let error = chain.prepare(&[]).expect_err("no bundles").to_string();
    assert!(error.contains("test.toml") && error.contains("\"glue\"") && error.contains("target/bundled"), "{error}");

    // A file of the right name that is no bundle is named for what it is, and not passed over.
    let dir = tempfile::tempdir().expect("tempdir");
    let path = dir.path().join("Twobus Glue.clap");
    std::fs::write(&path, b"not a library").expect("write");
    let bundles = host::find_bundles([dir.path()]);
    assert_eq!(bundles, [path]);
    let error = chain.prepare(&bundles).expect_err("no library").to_string();
    assert!(error.contains("Twobus Glue.clap"), "{error}");
}

#[test]
fn bundles_are_found_by_name_and_in_order() {
    let (first, second) = (tempfile::tempdir().expect("tempdir"), tempfile::tempdir().expect("tempdir"));
    for (dir, name) in [(&first, "b.clap"), (&first, "a.clap"), (&first, "c.vst3"), (&second, "a.CLAP")] {
        std::fs::write(dir.path().join(name), b"").expect("write");
    }
    let nowhere = first.path().join("nowhere");
    let found = host::find_bundles([first.path(), &nowhere, second.path(), first.path()]);
    assert_eq!(
        found,
        [first.path().join("a.clap"), first.path().join("b.clap"), second.path().join("a.CLAP")],
        "each once, folders in order, names sorted"
    );
}
