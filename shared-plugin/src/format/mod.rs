//! What stands in front of the framework's CLAP and VST3 entries: it trusts its host, and hosts differ.

mod buffers;
pub mod clap;
pub mod clap_entry;
mod clap_events;
pub mod clap_extensions;
mod clap_guarded;
mod clap_timer;
mod clap_track;
mod clap_window;
mod limits;
pub(crate) mod link;
mod vst3;
mod vst3_channel;
pub mod vst3_factory;
mod vst3_table;

/// Exports a [`Product`](crate::Product) in its shell as the CLAP and the VST3 plugin of this library.
#[macro_export]
macro_rules! export {
    ($product:ty) => {
        type Plugin = $crate::Shell<$product>;

        #[cfg(test)]
        #[test]
        fn the_declarations_have_no_faults() {
            assert_eq!($crate::faults::<$product>(), [""; 0]);
        }

        #[cfg(test)]
        #[test]
        fn the_starting_points_are_the_listed_ones() {
            let name = <$product as $crate::Product>::NAME.to_lowercase().replace(' ', "-");
            let path = format!("{}/../../tests/golden/{name}.points", env!("CARGO_MANIFEST_DIR"));
            let now = $crate::starting_points_text::<$product>();
            let listed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(listed == now, "{path} should be (and tests/tests/starting_points.rs pass on it):\n{now}");
        }

        #[cfg(test)]
        #[test]
        fn the_window_can_be_read_at_every_scale() {
            $crate::editor::testing::check_layout::<$product>(&[]);
        }

        #[cfg(test)]
        #[test]
        fn every_control_of_the_window_makes_whole_gestures() {
            $crate::editor::testing::check_gestures::<$product>(&[]);
        }

        #[cfg(test)]
        #[test]
        fn a_silent_window_is_not_drawn() {
            $crate::editor::testing::check_silence::<$product>();
        }

        #[cfg(test)]
        #[test]
        #[ignore = "a measurement for cargo xtask bench"]
        fn cost_of_a_picture() {
            $crate::editor::testing::print_cost::<$product>();
        }

        /// The CLAP entry.
        #[unsafe(no_mangle)]
        #[used]
        pub static clap_entry: $crate::format::clap_entry::Entry = $crate::format::clap_entry::entry::<Plugin>();

        /// The VST3 module's factory.
        #[unsafe(no_mangle)]
        pub extern "system" fn GetPluginFactory() -> *mut ::std::ffi::c_void {
            $crate::format::vst3_factory::factory::<Plugin>()
        }

        /// Called by a VST3 host on Linux after loading.
        #[cfg(all(target_family = "unix", not(target_os = "macos")))]
        #[unsafe(no_mangle)]
        pub extern "C" fn ModuleEntry(_library: *mut ::std::ffi::c_void) -> bool {
            ::nice_plug::wrapper::setup_logger::<Plugin>();
            true
        }

        /// Called by a VST3 host on Linux before unloading.
        #[cfg(all(target_family = "unix", not(target_os = "macos")))]
        #[unsafe(no_mangle)]
        pub extern "C" fn ModuleExit() -> bool {
            true
        }

        /// Called by a VST3 host on macOS after loading.
        #[cfg(target_os = "macos")]
        #[allow(non_snake_case)]
        #[unsafe(no_mangle)]
        pub extern "C" fn bundleEntry(_bundle: *mut ::std::ffi::c_void) -> bool {
            ::nice_plug::wrapper::setup_logger::<Plugin>();
            true
        }

        /// Called by a VST3 host on macOS before unloading.
        #[cfg(target_os = "macos")]
        #[allow(non_snake_case)]
        #[unsafe(no_mangle)]
        pub extern "C" fn bundleExit() -> bool {
            true
        }

        /// Called by a VST3 host on Windows after loading.
        #[cfg(target_os = "windows")]
        #[unsafe(no_mangle)]
        pub extern "system" fn InitDll() -> bool {
            ::nice_plug::wrapper::setup_logger::<Plugin>();
            true
        }

        /// Called by a VST3 host on Windows before unloading.
        #[cfg(target_os = "windows")]
        #[unsafe(no_mangle)]
        pub extern "system" fn ExitDll() -> bool {
            true
        }
    };
}
