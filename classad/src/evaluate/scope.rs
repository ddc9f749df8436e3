//! Where names are looked up (`ClassAd::LookupInScope`, `MatchClassAd`).

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::{EvalError, Scope};
use crate::ad::ClassAd;
use crate::expression::{AdTree, Expression, Syntax, Tree};
use crate::value::Expr;

/// An ad, as a place to look up names in.
#[derive(Clone)]
pub(super) enum Frame {
    My,
    Target,
    /// The ad that holds the two sides of a match, and what stands around each of them.
    Match,
    Left,
    Right,
    Nested(Rc<Nested>),
}

pub(super) struct Nested {
    ad: Arc<AdTree>,
    around: Option<Frame>,
    /// Where names are looked up that are not found here, while in a match.
    alternate: Option<Frame>,
}

impl Frame {
    pub(super) fn nested(ad: Arc<AdTree>, around: Option<Frame>) -> Self {
        Frame::Nested(Rc::new(Nested {
            ad,
            around,
            alternate: None,
        }))
    }

    /// The same ad with another place for names that are not found.
    pub(super) fn with_alternate(&self, alternate: Frame) -> Self {
        match self {
            Frame::Nested(nested) => Frame::Nested(Rc::new(Nested {
                ad: nested.ad.clone(),
                around: nested.around.clone(),
                alternate: Some(alternate),
            })),
            other => other.clone(),
        }
    }

    pub(super) fn tree(&self) -> Option<Arc<AdTree>> {
        match self {
            Frame::Nested(nested) => Some(nested.ad.clone()),
            _ => None,
        }
    }

    fn is(&self, other: &Frame) -> bool {
        match (self, other) {
            (Frame::Nested(a), Frame::Nested(b)) => Rc::ptr_eq(a, b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// Where an expression is evaluated.
#[derive(Clone)]
pub(super) struct Place {
    /// Plain names are looked up here first.
    pub(super) current: Option<Frame>,
    /// `.name` is looked up here, and nothing beyond it.
    pub(super) root: Option<Frame>,
    /// The ad in whose text the expression stands: what stands around the ads that it makes.
    pub(super) lexical: Option<Frame>,
}

/// What a name leads to.
pub(super) enum Target {
    Nothing,
    Ad(Frame),
    Time,
    Outer(Rc<Tree>, Place),
    Nested(Arc<AdTree>, usize, Place),
}

/// The caller's ads.
pub(super) struct Ads<'a> {
    my: &'a ClassAd,
    target: Option<&'a ClassAd>,
    /// Attributes that were read already, by the address of what they were read from.
    read: HashMap<usize, Rc<Tree>>,
}

impl<'a> Ads<'a> {
    pub(super) fn new(scope: &Scope<'a>) -> Self {
        Ads {
            my: scope.my,
            target: scope.target,
            read: HashMap::new(),
        }
    }

    /// Where an expression of the caller's is evaluated.
    pub(super) fn start(&self) -> Place {
        self.place(Frame::My)
    }

    /// Inside an ad.
    pub(super) fn place(&self, frame: Frame) -> Place {
        Place {
            root: Some(self.top(&frame)),
            current: Some(frame.clone()),
            lexical: Some(frame),
        }
    }

    fn around(&self, frame: &Frame) -> Option<Frame> {
        match frame {
            Frame::My => self.target.map(|_| Frame::Left),
            Frame::Target => Some(Frame::Right),
            Frame::Left | Frame::Right => Some(Frame::Match),
            Frame::Match => None,
            Frame::Nested(nested) => nested.around.clone(),
        }
    }

    pub(super) fn top(&self, frame: &Frame) -> Frame {
        let mut top = frame.clone();
        while let Some(around) = self.around(&top) {
            top = around;
        }
        top
    }

    pub(super) fn alternate(&self, frame: &Frame) -> Option<Frame> {
        match frame {
            Frame::My => self.target.map(|_| Frame::Target),
            Frame::Target => Some(Frame::My),
            Frame::Nested(nested) => nested.alternate.clone(),
            _ => None,
        }
    }

    /// The side of the match that a nested ad belongs to directly (`is_in_tree`).
    pub(super) fn side(&self, frame: &Frame) -> Option<Frame> {
        self.target?;
        match self.around(frame)? {
            Frame::My | Frame::Left | Frame::Match => Some(Frame::My),
            Frame::Target | Frame::Right => Some(Frame::Target),
            Frame::Nested(_) => None,
        }
    }

    fn outer(&self, frame: &Frame) -> Option<&'a ClassAd> {
        match frame {
            Frame::My => Some(self.my),
            Frame::Target => self.target,
            _ => None,
        }
    }

    /// Whether the ad itself has the attribute.
    pub(super) fn has(&self, frame: &Frame, name: &str) -> bool {
        match frame {
            Frame::My | Frame::Target => self.outer(frame).is_some_and(|ad| ad.contains(name)),
            Frame::Nested(nested) => nested.ad.position(name).is_some(),
            Frame::Match | Frame::Left | Frame::Right => fixed(frame, name).is_some(),
        }
    }

    pub(super) fn size(&self, frame: &Frame) -> usize {
        match frame {
            Frame::My | Frame::Target => self.outer(frame).map_or(0, ClassAd::len),
            Frame::Nested(nested) => nested.ad.iter().len(),
            Frame::Match => 9,
            Frame::Left | Frame::Right => 4,
        }
    }

    /// All attributes of an ad.
    pub(super) fn tree(&mut self, frame: &Frame) -> Result<Arc<AdTree>, EvalError> {
        let Some(ad) = self.outer(frame) else {
            return frame.tree().ok_or(EvalError::Unsupported {
                function: "what stands around the two ads of a match, as a value",
            });
        };
        let mut attributes = Vec::new();
        for (name, attribute) in ad {
            let tree = self.read(name, attribute)?;
            attributes.push((name.into(), (*tree).clone()));
        }
        Ok(Arc::new(AdTree::new(attributes)))
    }

    fn read(&mut self, name: &str, attribute: &'a Expr) -> Result<Rc<Tree>, EvalError> {
        let key = std::ptr::from_ref(attribute) as usize;
        if let Some(known) = self.read.get(&key) {
            return Ok(known.clone());
        }
        let tree = Tree::from_attribute(attribute, 0).map_err(|cause| EvalError::BadAttribute {
            attribute: name.to_owned(),
            cause,
        })?;
        let tree = Rc::new(tree);
        self.read.insert(key, tree.clone());
        Ok(tree)
    }

    /// Looks a name up in an ad and in what stands around it, up to the root.
    pub(super) fn look_up(
        &mut self,
        place: &Place,
        first: &Frame,
        name: &str,
    ) -> Result<Target, EvalError> {
        let at_root = |frame: &Frame| place.root.as_ref().is_some_and(|root| root.is(frame));
        let inside = |frame: &Frame| Place {
            current: Some(frame.clone()),
            root: place.root.clone(),
            lexical: Some(frame.clone()),
        };
        let mut current = first.clone();
        loop {
            if let Some(ad) = self.outer(&current) {
                if let Some(attribute) = ad.get(name) {
                    let tree = self.read(name, attribute)?;
                    return Ok(Target::Outer(tree, inside(&current)));
                }
            } else if let Frame::Nested(nested) = &current {
                if let Some(index) = nested.ad.position(name) {
                    return Ok(Target::Nested(nested.ad.clone(), index, inside(&current)));
                }
            } else if let Some(found) = fixed(&current, name) {
                return Ok(match found {
                    Fixed::Ad(frame) => Target::Ad(frame),
                    Fixed::Text(text) => {
                        let tree = Expression::parse(text, Syntax::New)
                            .map(|expression| Rc::new(expression.tree().clone()))
                            .map_err(|cause| EvalError::BadAttribute {
                                attribute: name.to_owned(),
                                cause,
                            })?;
                        Target::Outer(tree, inside(&current))
                    }
                });
            }
            let around = if at_root(&current) {
                None
            } else {
                self.around(&current)
            };
            let named = |known: &str| known.eq_ignore_ascii_case(name);
            if named("toplevel") || named("root") {
                return Ok(place.root.clone().map_or(Target::Nothing, Target::Ad));
            } else if named("self") || named("my") {
                return Ok(Target::Ad(current));
            } else if named("parent") {
                return Ok(around.map_or(Target::Nothing, Target::Ad));
            } else if named("CurrentTime") {
                return Ok(Target::Time);
            }
            match around {
                Some(next) => current = next,
                None => return Ok(Target::Nothing),
            }
        }
    }
}

enum Fixed {
    Ad(Frame),
    Text(&'static str),
}

/// What the ads around the two sides of a match hold (`MatchClassAd::InitMatchClassAd`).
fn fixed(frame: &Frame, name: &str) -> Option<Fixed> {
    let named = |known: &str| known.eq_ignore_ascii_case(name);
    let ad = |frame| Some(Fixed::Ad(frame));
    match frame {
        Frame::Match if named("LEFT") => ad(Frame::My),
        Frame::Match if named("RIGHT") => ad(Frame::Target),
        Frame::Match if named("lCtx") => ad(Frame::Left),
        Frame::Match if named("rCtx") => ad(Frame::Right),
        Frame::Match => [
            ("symmetricMatch", "RIGHT.requirements && LEFT.requirements"),
            ("leftMatchesRight", "RIGHT.requirements"),
            ("rightMatchesLeft", "LEFT.requirements"),
            ("leftRankValue", "LEFT.rank"),
            ("rightRankValue", "RIGHT.rank"),
        ]
        .into_iter()
        .find(|(known, _)| named(known))
        .map(|(_, text)| Fixed::Text(text)),
        Frame::Left if named("my") || named("ad") => ad(Frame::My),
        Frame::Left if named("target") || named("other") => ad(Frame::Target),
        Frame::Right if named("my") || named("ad") => ad(Frame::Target),
        Frame::Right if named("target") || named("other") => ad(Frame::My),
        _ => None,
    }
}
