//! An honest server, a client with a table of effects, and a connection in memory between them.

mod akep2;
mod drive;
#[path = "../../../src/akep2/seeds.rs"]
mod seeds;
mod server;
mod world;

pub(crate) use akep2::{Fields, NONCE_LEN, Token, proof, read_proof};
pub(crate) use drive::{Delivery, Ended, deliver, resume, run, run_on};
pub(crate) use server::{By, Kind, Server, ad_of, message_of};
pub(crate) use world::{NOW, World};
