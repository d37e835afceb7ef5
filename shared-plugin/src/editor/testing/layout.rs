//! What is wrong with a picture as it is laid out: texts that overlap, are cut, leave the window, are hard to read or are
//! crossed by a curve, and controls that stand a little off their row.

use std::sync::Arc;

use egui::accesskit::Role;
use egui::epaint::{ClippedShape, ColorMode, Mesh, PathShape, Shape, TextShape};
use egui::{Color32, Pos2, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use shared_ui::theme;

/// What every text must have against its ground.
const CONTRAST: f32 = 4.5;
/// A line of less contrast than this is a grid, which numbers may stand on.
const GRID_CONTRAST: f32 = 1.9;
/// Two centres nearer than this belong to one row, points.
const ROW: f32 = 15.0;
/// And are on one line up to this, points: a pixel at 100 %.
const LINE: f32 = 1.0;

/// A text as it stands in the picture.
struct Text<'a> {
    /// Its place in the order of drawing.
    order: usize,
    words: &'a str,
    /// What its letters cover.
    ink: Rect,
    top: f32,
    clip: Rect,
    color: Color32,
    size: f32,
    is_cut: bool,
}

impl<'a> Text<'a> {
    fn new(order: usize, clip: Rect, shape: &'a TextShape) -> Option<Self> {
        let galley = &shape.galley;
        let ink = galley.mesh_bounds.translate(shape.pos.to_vec2());
        let format = &galley.job.sections.first()?.format;
        let color = match (shape.override_text_color, format.color) {
            (Some(color), _) => color,
            (None, Color32::PLACEHOLDER) => shape.fallback_color,
            (None, color) => color,
        };
        let is_seen = ink.is_positive() && ink.intersects(clip) && !galley.text().trim().is_empty();
        is_seen.then_some(Self {
            order,
            words: galley.text(),
            ink,
            top: shape.pos.y,
            clip,
            color: color.gamma_multiply(shape.opacity_factor),
            size: format.font_id.size,
            is_cut: galley.elided,
        })
    }
}

/// One thing that is drawn, and where it may be.
struct Drawn<'a> {
    clip: Rect,
    shape: &'a Shape,
}

fn flatten<'a>(clip: Rect, shape: &'a Shape, into: &mut Vec<Drawn<'a>>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| flatten(clip, shape, into)),
        Shape::Noop => {}
        _ => into.push(Drawn { clip, shape }),
    }
}

fn in_triangle(p: Pos2, [a, b, c]: [Pos2; 3]) -> Option<[f32; 3]> {
    let area = (b - a).x * (c - a).y - (b - a).y * (c - a).x;
    if area.abs() < 1e-6 {
        return None;
    }
    let of = |from: Pos2, to: Pos2| ((to - from).x * (p - from).y - (to - from).y * (p - from).x) / area;
    let shares = [of(b, c), of(c, a), of(a, b)];
    shares.iter().all(|share| *share >= -1e-4).then_some(shares)
}

fn mesh_color(mesh: &Arc<Mesh>, p: Pos2) -> Option<Color32> {
    if !mesh.calc_bounds().contains(p) {
        return None;
    }
    mesh.indices.chunks_exact(3).rev().find_map(|corners| {
        let corners = [0, 1, 2].map(|k| mesh.vertices[corners[k] as usize]);
        in_triangle(p, corners.map(|corner| corner.pos))?;
        Some(corners[0].color)
    })
}

fn in_polygon(points: &[Pos2], p: Pos2) -> bool {
    let edges = points.iter().zip(points.iter().cycle().skip(1));
    edges.filter(|(a, b)| (a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x).count() % 2
        == 1
}

/// What this shape lays over a point.
fn fill_at(drawn: &Drawn<'_>, p: Pos2) -> Option<Color32> {
    if !drawn.clip.contains(p) {
        return None;
    }
    match drawn.shape {
        Shape::Rect(rect) if rect.rect.contains(p) => Some(rect.fill),
        Shape::Circle(circle) if circle.center.distance(p) <= circle.radius => Some(circle.fill),
        Shape::Path(path) if path.closed && in_polygon(&path.points, p) => Some(path.fill),
        Shape::Mesh(mesh) => mesh_color(mesh, p),
        _ => None,
    }
    .filter(|color| *color != Color32::TRANSPARENT)
}

fn ground_at(drawn: &[Drawn<'_>], p: Pos2) -> Color32 {
    drawn.iter().filter_map(|drawn| fill_at(drawn, p)).fold(theme::GROUND, |under, over| under.blend(over))
}

/// Pieces of the lines that a shape draws, and their colour.
fn lines(shape: &Shape) -> Option<(Vec<[Pos2; 2]>, Color32)> {
    match shape {
        Shape::LineSegment { points, stroke } => Some((vec![*points], stroke.color)),
        Shape::Path(PathShape { points, closed, stroke, .. }) => {
            let ColorMode::Solid(color) = stroke.color else { return None };
            let mut pieces: Vec<_> = points.windows(2).map(|pair| [pair[0], pair[1]]).collect();
            if let (true, Some(&first), Some(&last)) = (*closed, points.first(), points.last()) {
                pieces.push([last, first]);
            }
            (stroke.width > 0.0).then_some((pieces, color))
        }
        _ => None,
    }
}

fn crosses(rect: Rect, [a, b]: [Pos2; 2]) -> Option<Pos2> {
    let steps = (a.distance(b).ceil() as usize).clamp(1, 4000);
    (0..=steps).map(|step| a.lerp(b, step as f32 / steps as f32)).find(|p| rect.contains(*p))
}

fn samples(rect: Rect) -> impl Iterator<Item = Pos2> {
    let across = move |k: u8| rect.left() + rect.width() * (f32::from(k) + 0.5) / 7.0;
    let down = move |k: u8| rect.top() + rect.height() * (f32::from(k) + 0.5) / 3.0;
    (0..7).flat_map(move |x| (0..3).map(move |y| pos2(across(x), down(y))))
}

/// What is wrong with the picture that a harness has drawn last.
#[must_use]
pub fn faults(harness: &Harness<'_>) -> Vec<String> {
    let shapes: &[ClippedShape] = &harness.output().shapes;
    let window = harness.ctx.content_rect();
    let mut drawn = Vec::new();
    shapes.iter().for_each(|shape| flatten(shape.clip_rect, &shape.shape, &mut drawn));
    let texts: Vec<Text<'_>> = drawn
        .iter()
        .enumerate()
        .filter_map(|(order, drawn)| match drawn.shape {
            Shape::Text(text) => Text::new(order, drawn.clip, text),
            _ => None,
        })
        .collect();
    let mut faults = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let Text { words, ink, .. } = text;
        let mut say = |what: String| faults.push(format!("\"{words}\" at {:.0}, {:.0} {what}", ink.left(), ink.top()));
        if !window.expand(0.5).contains_rect(*ink) {
            say("leaves the window".to_owned());
        } else if text.is_cut || !text.clip.expand(0.75).contains_rect(*ink) {
            say(format!("is cut: {:?} within {:?}", ink, text.clip));
        }
        for other in &texts[..number] {
            let common = ink.intersect(other.ink);
            if common.width() > 0.75
                && common.height() > 0.75
                && !is_covered(&drawn[other.order + 1..text.order], other.ink)
            {
                say(format!("stands on \"{}\"", other.words));
            }
        }
        let contrast = |p| {
            let ground = ground_at(&drawn[..text.order], p);
            theme::contrast(ground.blend(text.color), ground)
        };
        if let Some(least) = samples(*ink).map(contrast).reduce(f32::min).filter(|least| *least < CONTRAST) {
            say(format!("has a contrast of {least:.2}:1"));
        }
        if let Some(what) = line_through(&drawn, text) {
            say(what);
        }
    }
    faults.extend(rows(harness, &texts));
    faults
}

/// Whether something opaque was laid over all of a rectangle.
fn is_covered(over: &[Drawn<'_>], rect: Rect) -> bool {
    over.iter().any(|drawn| match drawn.shape {
        Shape::Rect(plate) => {
            plate.fill.a() > 180
                && plate.rect.expand(0.5).contains_rect(rect)
                && drawn.clip.expand(0.5).contains_rect(rect)
        }
        _ => false,
    })
}

fn line_through(drawn: &[Drawn<'_>], text: &Text<'_>) -> Option<String> {
    let ink = text.ink.shrink(0.5);
    for (order, line) in drawn.iter().enumerate() {
        let Some((pieces, color)) = lines(line.shape) else { continue };
        let Some(at) = pieces.into_iter().filter_map(|piece| crosses(ink.intersect(line.clip), piece)).next() else {
            continue;
        };
        if order < text.order && is_covered(&drawn[order + 1..text.order], ink) {
            continue;
        }
        let ground = ground_at(&drawn[..order], at);
        if theme::contrast(ground.blend(color), ground) > GRID_CONTRAST {
            let when = if order < text.order { "under" } else { "over" };
            return Some(format!("has a line of {color:?} {when} it"));
        }
    }
    None
}

/// Knobs of one row share a centre line, and so do their names and their values.
fn rows(harness: &Harness<'_>, texts: &[Text<'_>]) -> Vec<String> {
    let root = harness.root();
    let knobs: Vec<(String, Rect)> = root
        .children_recursive()
        .filter(|node| node.accesskit_node().role() == Role::Slider)
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .filter(|(_, rect)| (rect.width() - rect.height()).abs() < 1.0)
        .collect();
    let beside = |rect: Rect, above: bool| {
        let texts = texts.iter().filter(move |text| {
            let gap = if above { rect.top() - text.ink.bottom() } else { text.ink.top() - rect.bottom() };
            (text.ink.center().x - rect.center().x).abs() < 3.0 && (-8.0..24.0).contains(&gap)
        });
        texts.min_by(|a, b| {
            (a.ink.center().y - rect.center().y).abs().total_cmp(&(b.ink.center().y - rect.center().y).abs())
        })
    };
    let mut faults = Vec::new();
    for (number, (name, rect)) in knobs.iter().enumerate() {
        for (other, other_rect) in &knobs[..number] {
            let apart = (rect.center().y - other_rect.center().y).abs();
            if apart > ROW {
                continue;
            }
            if apart > LINE {
                faults.push(format!("{name} and {other} are {apart:.1} points off one centre line"));
            }
            for above in [true, false] {
                let (Some(a), Some(b)) = (beside(*rect, above), beside(*other_rect, above)) else { continue };
                let apart = (a.top - b.top).abs();
                if a.size == b.size && apart > LINE && apart < ROW {
                    faults.push(format!("\"{}\" and \"{}\" are {apart:.1} points off one base line", a.words, b.words));
                }
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(draw: impl Fn(&egui::Painter) + 'static) -> Vec<String> {
        let mut harness = Harness::builder().with_size(egui::vec2(200.0, 100.0)).build_ui(move |ui| {
            theme::apply(ui.ctx(), theme::accent::GLUE);
            draw(&ui.ctx().layer_painter(egui::LayerId::background()));
        });
        harness.run_steps(2);
        faults(&harness)
    }

    fn text(painter: &egui::Painter, x: f32, words: &str, color: Color32) {
        painter.text(pos2(x, 40.0), egui::Align2::LEFT_TOP, words, egui::FontId::proportional(13.0), color);
    }

    #[test]
    fn each_fault_is_found_and_a_good_picture_has_none() {
        assert_eq!(found(|painter| text(painter, 20.0, "good", theme::TEXT)), [""; 0]);
        let has = |faults: Vec<String>, what: &str| {
            assert!(faults.len() == 1 && faults[0].contains(what), "{what}: {faults:?}")
        };
        has(found(|painter| text(painter, 190.0, "leaves", theme::TEXT)), "leaves the window");
        has(
            found(|painter| {
                text(&painter.with_clip_rect(Rect::everything_left_of(30.0)), 20.0, "clipped", theme::TEXT)
            }),
            "is cut",
        );
        has(
            found(|painter| {
                text(painter, 20.0, "one", theme::TEXT);
                text(painter, 30.0, "two", theme::TEXT);
            }),
            "stands on",
        );
        has(found(|painter| text(painter, 20.0, "dark", Color32::from_gray(90))), "contrast");
        let bright = |painter: &egui::Painter| {
            painter.rect_filled(Rect::everything_right_of(30.0), 0, theme::DIM);
            text(painter, 20.0, "half on a hill", theme::TEXT);
        };
        has(found(bright), "contrast");
        let crossed = |painter: &egui::Painter, color: Color32| {
            painter.hline(0.0..=200.0, 48.0, egui::Stroke::new(1.0, color));
            text(painter, 20.0, "crossed", theme::TEXT);
        };
        has(found(move |painter| crossed(painter, theme::accent::GLUE)), "a line");
        assert_eq!(found(move |painter| crossed(painter, theme::LINE_COLOR)), [""; 0], "a grid is none");
    }
}
