//! Configurations that let in whom they should not.

use super::super::{Code, Severity};
use super::broken::Expected;

use Severity::{Dangerous, Suspicious};

/// A configuration and its findings.
pub(super) const OPEN: &[(&str, &[Expected])] = &[
    (
        "SEC_DEFAULT_AUTHENTICATION_METHODS = FS, CLAIMTOBE\nALLOW_WRITE = a@b\n",
        &[(
            1,
            Code::ProvesNothing,
            Dangerous,
            "remove CLAIMTOBE here; if reading may be done by it, list it in SEC_READ_AUTHENTICATION_METHODS alone",
        )],
    ),
    // Nobody is on a list, or reading alone is meant.
    ("SEC_DEFAULT_AUTHENTICATION_METHODS = FS, CLAIMTOBE\n", &[]),
    (
        "SEC_READ_AUTHENTICATION_METHODS = FS, ANONYMOUS\nALLOW_READ = *\nALLOW_WRITE = a@b\n",
        &[],
    ),
    (
        "ALLOW_WRITE = *\n",
        &[(
            1,
            Code::OpenToAll,
            Dangerous,
            "write SEC_WRITE_AUTHENTICATION (or SEC_DEFAULT_AUTHENTICATION) = REQUIRED, or name those who may in ALLOW_WRITE",
        )],
    ),
    (
        "SEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_WRITE = *\n",
        &[],
    ),
    (
        "UID_DOMAIN = pool.example\nSEC_DEFAULT_AUTHENTICATION = REQUIRED\nALLOW_ADMINISTRATOR = */*\n",
        &[(
            3,
            Code::EverybodyGoverns,
            Dangerous,
            "name those who may: ALLOW_ADMINISTRATOR = condor@pool.example root@pool.example",
        )],
    ),
    (
        "ALLOW_ADMINISTRATOR = unauthenticated@unmapped\nDENY_WRITE = *\n",
        &[(
            1,
            Code::OpenToAll,
            Dangerous,
            "write SEC_ADMINISTRATOR_AUTHENTICATION (or SEC_DEFAULT_AUTHENTICATION) = REQUIRED, or name those who may in \
             ALLOW_ADMINISTRATOR",
        )],
    ),
    (
        "SEC_DEFAULT_CRYPTO_METHODS = 3DES, AES\n",
        &[(
            1,
            Code::WeakCipher,
            Suspicious,
            "write SEC_DEFAULT_CRYPTO_METHODS = AES, and the others behind it",
        )],
    ),
    (
        "SEC_DEBUG_PRINT_KEYS = True\n",
        &[(1, Code::ProtectionOff, Dangerous, "remove it")],
    ),
    (
        "SEC_FS_ENFORCE_CHANNEL_BINDING = False\n",
        &[(
            1,
            Code::ProtectionOff,
            Suspicious,
            "remove it, once no daemon before 25.0 is asked by FS",
        )],
    ),
];
