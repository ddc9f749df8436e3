//! Making a client that knows more than the methods of this build.

use countersign_core::effect::Effect;
use countersign_core::method::{Mechanism, Registry};
use countersign_core::names::MethodName;
use countersign_methods::anonymous::Anonymous;
use countersign_methods::claimtobe::{ClaimToBe, OwnUserName};
use countersign_methods::fs::{Fs, MakeDirectory};
use countersign_methods::idtokens::{FindCredentials, IdTokens, ReadSigningKey};
use countersign_methods::kerberos::{FindKerberos, GetTicket, Kerberos};
use countersign_methods::munge::{FindMunge, MakeCredential, Munge};
use countersign_methods::password::{Password, ReadPoolPassword};
use countersign_methods::scitokens::{FindBearerToken, Scitokens};
use countersign_methods::ssl::{LoadClientTls, Ssl, TrustAnswer, TrustServer};

use crate::effects::tls::{ClientTlsMemory, load_client_tls, note_down};
use crate::effects::{
    FolderMemory, KerberosLibrary, MungeLibrary, Performed, Performers, ask_netgroups,
    find_bearer_token, find_credentials_again, look_up_peer, make_directory, own_user_name,
    read_pool_password, read_signing_key,
};
use crate::handover::{Inheritance, Kin};
use crate::{Client, Settings};

/// Makes a [`Client`]. It starts with the methods of this build and the performers of their
/// effects.
#[derive(Debug)]
pub struct ClientBuilder {
    settings: Settings,
    registry: Registry,
    performers: Performers,
    kin: Kin,
}

impl ClientBuilder {
    pub(crate) fn new(settings: Settings) -> Self {
        let registry = Registry::default()
            .with(IdTokens::new(settings.idtokens.clone()))
            .with(Fs::new(settings.fs))
            .with(Fs::remote(settings.fs))
            .with(Ssl::new(settings.ssl))
            .with(Scitokens::new(settings.ssl))
            .with(Munge)
            .with(Password::new(settings.password.clone()))
            .with(Kerberos::new(settings.kerberos.clone()))
            .with(ClaimToBe::new(settings.claimtobe.clone()))
            .with(Anonymous);
        let (ids_directory, ids_name) = (settings.condor_ids.clone(), settings.condor_ids.clone());
        let (tokens, keys) = (settings.tokens.clone(), settings.tokens.clone());
        let remote = !settings.tokens.are_local();
        let password = settings.password_file.clone();
        let memory = FolderMemory::default();
        let (tls, known_hosts) = (settings.tls.clone(), settings.tls.known_hosts.clone());
        let bearer = settings.bearer.clone();
        let (munge, ids_munge) = (MungeLibrary::default(), settings.condor_ids.clone());
        let found_munge = munge.clone();
        let kerberos = KerberosLibrary::new(settings.kerberos_sources.clone());
        let found_kerberos = kerberos.clone();
        let remote_tls = !settings.tls.are_local();
        let tls_memory = ClientTlsMemory::default();
        let performers = Performers::default()
            .register(remote, move |_: FindCredentials| {
                find_credentials_again(&tokens, &memory).into()
            })
            .twice::<FindCredentials>()
            .register(remote, move |request: ReadSigningKey| {
                read_signing_key(&keys, &request).into()
            })
            .with(move |request: MakeDirectory| make_directory(&request, ids_directory.as_deref()))
            .with(move |_: ReadPoolPassword| read_pool_password(password.as_deref()).into())
            .with(move |_: OwnUserName| own_user_name(ids_name.as_deref()).into())
            .register(false, move |_: FindMunge| found_munge.find().into())
            .register(false, move |_: FindKerberos| found_kerberos.find().into())
            .with(move |request: GetTicket| kerberos.ticket(request).into())
            .with(move |request: MakeCredential| munge.make(&request, ids_munge.as_deref()).into())
            .register(remote, move |_: FindBearerToken| {
                find_bearer_token(&bearer).into()
            })
            .register(remote_tls, move |request: LoadClientTls| {
                load_client_tls(&tls, &request, &tls_memory).into()
            })
            .with(move |question: TrustServer| {
                if question.ask {
                    let why = "nobody is here to be asked".to_owned();
                    return TrustAnswer::Refused { why }.into();
                }
                let noted = note_down(&known_hosts, &question);
                TrustAnswer::Believed { noted }.into()
            })
            .with(|request| look_up_peer(&request).into())
            .with(|request| ask_netgroups(&request).into());
        Self {
            settings,
            registry,
            performers,
            kin: Kin::default(),
        }
    }

    /// Adds a method, in the place of the one of that name if there is one. It is offered where
    /// the settings list it.
    #[must_use]
    pub fn method(mut self, method: impl Mechanism + 'static) -> Self {
        self.registry = self.registry.with(method);
        self
    }

    /// Adds the performer of effects of kind `E`, in the place of an earlier one. It may block.
    #[must_use]
    pub fn performer<E: Effect>(
        mut self,
        perform: impl Fn(E) -> Performed<E::Output> + Send + Sync + 'static,
    ) -> Self {
        self.performers = self.performers.with(perform);
        self
    }

    /// Adds performers, in the place of earlier ones of the same effects.
    #[must_use]
    pub fn performers(mut self, performers: Performers) -> Self {
        self.performers = self.performers.and(performers);
        self
    }

    /// Uses the sessions that this process inherited, where HTCondor's daemons would: the parent's for the
    /// parent, the family's for daemons of this machine, and only where a connection may use a cached session.
    #[must_use]
    pub fn inherited(mut self, inheritance: &Inheritance) -> Self {
        self.kin = Kin::new(inheritance);
        self
    }

    /// The methods that it can perform, in no particular order.
    pub fn methods(&self) -> impl Iterator<Item = &'static MethodName> {
        self.registry.iter().map(|method| method.name())
    }

    /// The client.
    #[must_use]
    pub fn build(self) -> Client {
        Client::with_methods(self.settings, self.registry, self.performers).with_kin(self.kin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Kept;
    use crate::settings::Host;
    use countersign_core::effect::EffectRequest;

    #[test]
    fn one_more_or_one_instead() {
        let settings = Settings::from_config(&"".parse().unwrap(), &Host::for_tests()).unwrap();
        let plain = ClientBuilder::new(settings.clone());
        let methods = plain.registry.iter().count();
        let builder = plain
            .method(Anonymous)
            .performers(Performers::default().with(|_: OwnUserName| Ok("nobody".to_owned()).into()))
            .performer(|_: OwnUserName| Ok("somebody".to_owned()).into());
        assert_eq!(builder.registry.iter().count(), methods);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let performed = runtime.block_on(
            builder
                .performers
                .perform(EffectRequest::new(OwnUserName), &mut Kept::default()),
        );
        let name = performed.output.into_output::<OwnUserName>();
        assert_eq!(name, Some(Ok("somebody".to_owned())));
        builder.build().forget_sessions();
    }
}
