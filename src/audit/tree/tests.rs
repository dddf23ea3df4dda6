use super::*;

/// The leaves of the reference implementation of Certificate Transparency, with the roots that it tells.
const KNOWN: [(&str, &str); 8] = [
    (
        "",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    ),
    (
        "00",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    ),
    (
        "10",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    ),
    (
        "2021",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (
        "3031",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    ),
    (
        "40414243",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    ),
    (
        "5051525354555657",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
];

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf(n.to_string().as_bytes())).collect()
}

#[test]
fn the_known_roots_are_found() {
    let mut grown = Frontier::default();
    assert_eq!(grown.root(), empty());
    assert_eq!(
        empty().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let mut all = Vec::new();
    for (data, expected) in KNOWN {
        let data = hex::decode(data).expect("hexadecimal");
        all.push(leaf(&data));
        grown.push(leaf(&data));
        assert_eq!(grown.root().to_string(), expected, "{} leaves", all.len());
        assert_eq!(root(&all).to_string(), expected);
    }
}

#[test]
fn every_leaf_is_proven_and_no_other() {
    for size in 1..=34 {
        let leaves = leaves(size);
        let top = root(&leaves);
        for place in 0..size {
            let path = inclusion(place, &leaves).expect("a path");
            let proves = |hash, at: usize, of: usize, path: &[Hash], top| {
                is_included(hash, at as u64, of as u64, path, top)
            };
            assert!(proves(leaves[place], place, size, &path, top));
            assert!(!proves(leaf(b"another"), place, size, &path, top));
            assert!(!proves(leaves[place], place, size, &path, leaf(b"another")));
            for other in (0..size + 2).filter(|other| *other != place) {
                assert!(
                    !proves(leaves[place], other, size, &path, top),
                    "{size} {place} {other}"
                );
            }
            for at in 0..path.len() {
                let mut bad = path.clone();
                bad[at] = leaf(b"another");
                assert!(!proves(leaves[place], place, size, &bad, top));
                assert!(!proves(leaves[place], place, size, &path[..at], top));
            }
            let long: Vec<Hash> = path.iter().copied().chain([top]).collect();
            assert!(!proves(leaves[place], place, size, &long, top));
        }
        assert_eq!(inclusion(size, &leaves), None);
    }
}

#[test]
fn a_tree_grows_and_a_fork_does_not() {
    for size in 1..=34 {
        let leaves = leaves(size);
        let new = (size as u64, root(&leaves));
        for old_size in 1..=size {
            let old = (old_size as u64, root(&leaves[..old_size]));
            let proof = consistency(old_size, &leaves).expect("a proof");
            assert!(is_consistent(old, new, &proof), "{old_size} {size}");
            let forked = (old_size as u64, leaf(b"another"));
            assert!(!is_consistent(forked, new, &proof), "{old_size} {size}");
            let forked = (size as u64, leaf(b"another"));
            assert!(!is_consistent(old, forked, &proof), "{old_size} {size}");
            for at in 0..proof.len() {
                let mut bad = proof.clone();
                bad[at] = leaf(b"another");
                assert!(!is_consistent(old, new, &bad), "{old_size} {size} {at}");
            }
            let long: Vec<Hash> = proof.iter().copied().chain([new.1]).collect();
            assert!(!is_consistent(old, new, &long));
        }
        assert_eq!(consistency(size + 1, &leaves), None);
        assert_eq!(consistency(0, &leaves), None);
    }
}
