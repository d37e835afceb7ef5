//! Sets of parameters: the block that declares them, bands that are declared once, and where in it all a field stands.

use super::about::Parameter;
use super::place::{Place, Within, join};

/// Something that holds parameters: one, or many in their order.
pub trait Parameters {
    /// Shows each to `visitor`, in the order of the declaration.
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a dyn Parameter));
}

/// A field of a set, which a `D` declares.
pub trait Member<D>: Parameters {
    /// Makes the field as declared, at its place in the set.
    fn declare(declaration: D, at: &Place<'_>) -> Self;
}

/// A struct of parameters; [`params!`](crate::params!) makes it one.
pub trait ParamSet: Parameters + Send + Sync + Sized + 'static {
    /// What its declarations ask for: nothing, or what stands in parentheses behind the name.
    type Given;

    /// Makes the set within another.
    fn declared_within(within: &Within, given: Self::Given) -> Self;

    /// Makes the set, all parameters at their defaults.
    #[must_use]
    fn declared(given: Self::Given) -> Self {
        Self::declared_within(&Within::default(), given)
    }

    /// All parameters, in the order of the declaration.
    #[must_use]
    fn parameters(&self) -> Vec<&dyn Parameter> {
        let mut all: Vec<&dyn Parameter> = Vec::new();
        self.visit(&mut |parameter| all.push(parameter));
        all
    }
}

/// Bands that are declared once for all of them, see [`bands`].
#[derive(Debug, Clone, Copy)]
pub struct Bands<F> {
    id: &'static str,
    name: &'static str,
    given: F,
}

/// An array of sets. With `bands("band", "Band")` the field `gain` with the name "Gain" has in the first of them the id
/// `band1_gain`, the name "Band 1 Gain" and the group "Band 1".
#[must_use]
pub fn bands(id: &'static str, name: &'static str) -> Bands<impl Fn(usize)> {
    Bands { id, name, given: |_| () }
}

impl<F> Bands<F> {
    /// Each set is given its number, from 0, for what differs from band to band: `struct Band(index: usize)`.
    #[must_use]
    pub fn numbered(self) -> Bands<impl Fn(usize) -> usize> {
        Bands { id: self.id, name: self.name, given: |index| index }
    }
}

impl<S: ParamSet, F: Fn(usize) -> S::Given, const N: usize> Member<Bands<F>> for [S; N] {
    fn declare(bands: Bands<F>, at: &Place<'_>) -> Self {
        std::array::from_fn(|index| {
            let name = at.name(&format!("{} {}", bands.name, index + 1));
            let within = Within {
                id: format!("{}{}{}_", at.within.id, bands.id, index + 1),
                group: join(&at.group(), &format!("{} {}", bands.name, index + 1)),
                name: name + " ",
                changes: at.within.changes.clone(),
            };
            S::declared_within(&within, (bands.given)(index))
        })
    }
}

impl<S: Parameters, const N: usize> Parameters for [S; N] {
    fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a dyn Parameter)) {
        self.iter().for_each(|set| set.visit(visitor));
    }
}

/// Declares a plugin's parameters, each once, in one struct or several; see [`params`](mod@crate::params) for an example.
///
/// A field reads
///
/// ```text
/// /// The tooltip.
/// pub id: Kind = declaration,
/// ```
///
/// and stands in a group that hosts show, or in none. The field's name is the id. The kind is [`Float`](crate::params::Float), [`Choice`](crate::params::Choice),
/// [`Switch`](crate::params::Switch) or an array of another set. What the declarations need to be told may stand in
/// parentheses behind the name of the struct, and is then handed to [`ParamSet::declared`](crate::params::ParamSet::declared).
#[macro_export]
macro_rules! params {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(($given:ident: $given_type:ty))? {
            $(group $group:literal {
                $($(#[doc = $doc:literal])+ $field_vis:vis $field:ident: $kind:ty = $declaration:expr),+ $(,)?
            })+
        }
        $($rest:tt)*
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($($(#[doc = $doc])+ $field_vis $field: $kind,)+)+
        }

        impl $crate::params::ParamSet for $name {
            type Given = $crate::params!(@given $($given_type)?);

            fn declared_within(within: &$crate::params::Within, _given: Self::Given) -> Self {
                $(let $given = _given;)?
                Self {
                    $($($field: $crate::params::Member::declare($declaration, &$crate::params::Place::new(
                        within,
                        $group,
                        stringify!($field),
                        concat!($($doc, "\n"),+),
                    )),)+)+
                }
            }
        }

        impl $crate::params::Parameters for $name {
            fn visit<'a>(&'a self, visitor: &mut dyn FnMut(&'a dyn $crate::params::Parameter)) {
                $($($crate::params::Parameters::visit(&self.$field, visitor);)+)+
            }
        }

        $crate::params! { $($rest)* }
    };
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(($given:ident: $given_type:ty))? {
            $($(#[doc = $doc:literal])+ $field_vis:vis $field:ident: $kind:ty = $declaration:expr),+ $(,)?
        }
        $($rest:tt)*
    ) => {
        $crate::params! {
            $(#[$meta])*
            $vis struct $name $(($given: $given_type))? {
                group "" {
                    $($(#[doc = $doc])+ $field_vis $field: $kind = $declaration),+
                }
            }
            $($rest)*
        }
    };
    () => {};
    (@given) => { () };
    (@given $type:ty) => { $type };
}
