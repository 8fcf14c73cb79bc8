//! One digest over many leaves (RFC 6962, 2.1), from which it can be shown later that a leaf was among them.

use crate::evidence::Sha256Digest;

/// In front of a leaf's bytes.
const LEAF: u8 = 0;
/// In front of two digests.
const NODE: u8 = 1;

/// Returns the root over the leaves, in their order.
#[must_use]
pub fn root(leaves: &[Vec<u8>]) -> Sha256Digest {
    match leaves {
        [] => Sha256Digest::of(&[]),
        [one] => Sha256Digest::of(&[&[LEAF], one.as_slice()].concat()),
        [_, _, ..] => {
            // The largest power of two that is smaller than the count.
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256Digest::of(&[&[NODE], &root(left).as_bytes()[..], &root(right).as_bytes()[..]].concat())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs and roots that the reference implementation of certificate transparency is tested with
    /// (google/certificate-transparency, `merkle_tree_test.cc`).
    #[test]
    fn the_roots_are_those_of_the_reference() {
        let leaves: Vec<Vec<u8>> = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ]
        .map(|leaf| hex::decode(leaf).unwrap())
        .to_vec();
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (count, expected) in roots.iter().enumerate() {
            assert_eq!(root(&leaves[..count]).to_string(), *expected, "{count} leaves");
        }
    }
}
