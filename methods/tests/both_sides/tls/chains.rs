//! What a chain of certificates is worth: authorities are looked at like any other certificate.

use countersign_methods::ssl::{CertificateDefect, Refused, SslEvent};
use rcgen::{
    BasicConstraints, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose,
    NameConstraints,
};

use super::world::{
    Authority, HOST, Method, Own, World, both, ca_params, client_params, neither, self_signed,
    server_params,
};
use crate::pair::nobody;

/// What is wrong with a server of this certificate, where these authorities are believed.
fn defect(server: Own, believed: &[&Authority]) -> CertificateDefect {
    let world = World {
        server: vec![server],
        client_trust: believed.iter().map(|one| one.der()).collect(),
        ..World::default()
    };
    let outcome = world.meet(Method::Ssl, &mut nobody);
    neither(&outcome);
    match outcome.client.event() {
        Some(SslEvent::ServerRefused {
            refused: Refused::Bad(defect),
            ..
        }) => defect,
        other => panic!("{other:?}"),
    }
}

fn is_fine(server: Own, believed: &[&Authority]) {
    let world = World {
        server: vec![server],
        client_trust: believed.iter().map(|one| one.der()).collect(),
        ..World::default()
    };
    both(world.meet(Method::Ssl, &mut nobody));
}

#[test]
fn an_authority_whose_time_is_over() {
    let mut params = ca_params("Old");
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let old = Authority::new(params);
    let found = defect(old.issue(server_params(HOST)), &[&old]);
    assert!(matches!(found, CertificateDefect::Expired { .. }));
    assert!(found.to_string().contains("/CN=Old expired on"), "{found}");
    // Its certificate was renewed: then the new one counts, wherever it stands.
    let mut world = World {
        server: vec![old.issue(server_params(HOST))],
        client_trust: vec![old.der(), old.renewed(ca_params("Old"))],
        ..World::default()
    };
    both(world.meet(Method::Ssl, &mut nobody));
    world.client_trust.reverse();
    both(world.meet(Method::Ssl, &mut nobody));
    // And it vouches for no client either.
    let world = World {
        client: Some(old.issue(client_params("alice"))),
        server_trust: vec![old.der()],
        ..World::default()
    };
    neither(&world.meet(Method::Ssl, &mut nobody));
}

#[test]
fn a_server_that_is_believed_vouches_for_nobody() {
    // Its own certificate is believed, as it is.
    let server = Authority::new(server_params(HOST));
    is_fine(server.own.clone(), &[&server]);
    // What its key signs is not: it is no authority's.
    let world = World {
        server: vec![server.issue(server_params(HOST))],
        client_trust: vec![server.der()],
        ..World::default()
    };
    neither(&world.meet(Method::Ssl, &mut nobody));
    let world = World {
        client: Some(server.issue(client_params("root"))),
        server_trust: vec![server.der()],
        ..World::default()
    };
    neither(&world.meet(Method::Ssl, &mut nobody));
}

#[test]
fn who_may_sign_certificates() {
    let ca = Authority::new(ca_params("The CA"));
    is_fine(
        ca.below(ca_params("Below")).issue(server_params(HOST)),
        &[&ca],
    );
    let mut no_signing = ca_params("Below");
    no_signing.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let found = defect(
        ca.below(no_signing.clone()).issue(server_params(HOST)),
        &[&ca],
    );
    assert!(
        matches!(found, CertificateDefect::NoAuthority { .. }),
        "{found:?}"
    );
    let mut no_ca = ca_params("Below");
    no_ca.is_ca = IsCa::ExplicitNoCa;
    defect(ca.below(no_ca).issue(server_params(HOST)), &[&ca]);
    let root = Authority::new(no_signing);
    let world = World {
        server: vec![root.issue(server_params(HOST))],
        client_trust: vec![root.der()],
        ..World::default()
    };
    neither(&world.meet(Method::Ssl, &mut nobody));
}

#[test]
fn how_deep_an_authority_reaches() {
    let mut params = ca_params("Shallow");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root = Authority::new(params);
    is_fine(root.issue(server_params(HOST)), &[&root]);
    let below = root.below(ca_params("Below"));
    let found = defect(below.issue(server_params(HOST)), &[&root]);
    assert!(
        matches!(found, CertificateDefect::TooDeep { .. }),
        "{found:?}"
    );
}

#[test]
fn names_that_an_authority_may_not_give() {
    let mut params = ca_params("Limited");
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("good.example".into())],
        excluded_subtrees: vec![GeneralSubtree::DnsName("not.good.example".into())],
    });
    let root = Authority::new(params.clone());
    let ca = Authority::new(ca_params("The CA"));
    let between = ca.below(params);
    for (authority, believed) in [(&root, &root), (&between, &ca)] {
        // An alternative name, or a common name in its place.
        defect(authority.issue(server_params(HOST)), &[believed]);
        for (common, host) in [
            (HOST, false),
            ("not.good.example", false),
            ("notgood.example", false),
            ("host.good.example", true),
            ("GOOD.example", true),
            ("a server", true),
        ] {
            let mut params = server_params("host.good.example");
            params.distinguished_name.remove(DnType::CommonName);
            params.distinguished_name.push(DnType::CommonName, common);
            let mut world = World {
                server: vec![authority.issue(params)],
                client_trust: vec![believed.der()],
                alias: Some("host.good.example"),
                ..World::default()
            };
            let outcome = world.meet(Method::Ssl, &mut nobody);
            assert_eq!(outcome.client.proven().is_some(), host, "{common}");
            world.alias = Some(HOST);
            neither(&world.meet(Method::Ssl, &mut nobody));
        }
    }
}

#[test]
fn an_authoritys_certificate_is_no_servers() {
    let ca = Authority::new(ca_params("The CA"));
    // Unless that very certificate is believed, whatever else it is for.
    let mut own = server_params(HOST);
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let both_at_once = Authority::new(own.clone());
    is_fine(both_at_once.own.clone(), &[&both_at_once]);
    assert!(matches!(
        defect(ca.issue(own.clone()), &[&ca]),
        CertificateDefect::Authority { .. }
    ));
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let for_clients = Authority::new(own);
    assert!(matches!(
        defect(for_clients.own.clone(), &[&for_clients]),
        CertificateDefect::WrongUse(_)
    ));
}

#[test]
fn bad_leaves() {
    let ca = Authority::new(ca_params("The CA"));
    let mut old = server_params(HOST);
    old.not_after = rcgen::date_time_ymd(2020, 1, 1);
    assert!(matches!(
        defect(ca.issue(old), &[&ca]),
        CertificateDefect::Expired { .. }
    ));
    let mut early = server_params(HOST);
    early.not_before = rcgen::date_time_ymd(2030, 1, 1);
    assert!(matches!(
        defect(ca.issue(early), &[&ca]),
        CertificateDefect::NotYetValid { .. }
    ));
    let mut any = server_params(HOST);
    any.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    assert!(matches!(
        defect(ca.issue(any), &[&ca]),
        CertificateDefect::WrongUse(_)
    ));
    // Another authority of the same name, and one whose key nobody holds.
    let eve = Authority::new(ca_params("The CA"));
    defect(eve.issue(server_params(HOST)), &[&ca]);
    let mut stolen = ca.issue(server_params(HOST));
    stolen.key = self_signed(server_params(HOST)).key;
    let world = World {
        server: vec![stolen],
        client_trust: vec![ca.der()],
        ..World::default()
    };
    neither(&world.meet(Method::Ssl, &mut nobody));
}
