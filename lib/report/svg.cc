#include "report/svg.h"

#include "report/text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr std::string_view kFont =
    "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, "
    "'Liberation Sans', sans-serif";

// Pixels with two decimals, without trailing zeros.
std::string px(double value) {
  return fmt::format("{}", std::round(value * 100) / 100 + 0.0);
}

std::string points_attribute(const std::vector<Point>& points) {
  std::string out;
  for (const Point& point : points) {
    if (!out.empty()) out += ' ';
    out += px(point.x) + "," + px(point.y);
  }
  return out;
}

std::string stroke_attributes(const Stroke& stroke) {
  std::string out = fmt::format(
      " stroke=\"{}\" stroke-width=\"{}\"", stroke.colour, px(stroke.width));
  if (!stroke.dashes.empty()) {
    out += fmt::format(" stroke-dasharray=\"{}\"", stroke.dashes);
  }
  return out;
}

std::vector<Point> outline(Marker shape, Point centre, double r) {
  const auto [x, y] = centre;
  switch (shape) {
    case Marker::kSquare:
      r *= 0.89;  // the area of the circle
      return {{x - r, y - r}, {x + r, y - r}, {x + r, y + r}, {x - r, y + r}};
    case Marker::kDiamond:
      r *= 1.25;
      return {{x, y - r}, {x + r, y}, {x, y + r}, {x - r, y}};
    case Marker::kTriangle:
      r *= 1.25;
      return {{x, y - r},
              {x + 0.95 * r, y + 0.75 * r},
              {x - 0.95 * r, y + 0.75 * r}};
    case Marker::kCross: {
      const double a = r * 0.4, b = r * 1.1;
      return {{x - a, y - b},
              {x + a, y - b},
              {x + a, y - a},
              {x + b, y - a},
              {x + b, y + a},
              {x + a, y + a},
              {x + a, y + b},
              {x - a, y + b},
              {x - a, y + a},
              {x - b, y + a},
              {x - b, y - a},
              {x - a, y - a}};
    }
    case Marker::kCircle:
      break;
  }
  return {};
}

const char* anchor_name(Anchor anchor) {
  switch (anchor) {
    case Anchor::kMiddle:
      return "middle";
    case Anchor::kEnd:
      return "end";
    case Anchor::kStart:
      break;
  }
  return "start";
}

}  // namespace

void Svg::line(Point from, Point to, const Stroke& stroke) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>\n",
                       px(from.x),
                       px(from.y),
                       px(to.x),
                       px(to.y),
                       stroke_attributes(stroke));
}

void Svg::path(const std::vector<Point>& points, const Stroke& stroke) {
  body_ += fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke-linejoin=\"round\"{}/>\n",
      points_attribute(points),
      stroke_attributes(stroke));
}

void Svg::area(const std::vector<Point>& points,
               const std::string& colour,
               double opacity) {
  body_ +=
      fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>\n",
                  points_attribute(points),
                  colour,
                  px(opacity));
}

void Svg::rectangle(Point corner,
                    Point opposite,
                    const std::string& colour,
                    double opacity) {
  body_ += fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" "
      "fill-opacity=\"{}\"/>\n",
      px(std::min(corner.x, opposite.x)),
      px(std::min(corner.y, opposite.y)),
      px(std::fabs(opposite.x - corner.x)),
      px(std::fabs(opposite.y - corner.y)),
      colour,
      px(opacity));
}

void Svg::marker(Marker shape,
                 Point centre,
                 double radius,
                 const std::string& colour) {
  if (shape == Marker::kCircle) {
    body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>\n",
                         px(centre.x),
                         px(centre.y),
                         px(radius),
                         colour);
  } else {
    area(outline(shape, centre, radius), colour, 1);
  }
}

void Svg::text(Point at, std::string_view text, const TextStyle& style) {
  std::string turn;
  if (style.upwards) {
    turn = fmt::format(" transform=\"rotate(-90 {} {})\"", px(at.x), px(at.y));
  }
  body_ += fmt::format(
      "<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" "
      "text-anchor=\"{}\"{}{}>{}</text>\n",
      px(at.x),
      px(at.y),
      px(style.size),
      style.colour,
      anchor_name(style.anchor),
      style.bold ? " font-weight=\"600\"" : "",
      turn,
      escape_xml(text));
}

void Svg::begin_group(std::string_view tooltip) {
  body_ += fmt::format("<g><title>{}</title>\n", escape_xml(tooltip));
}

void Svg::end_group() {
  body_ += "</g>\n";
}

void Svg::place(const Svg& other, Point corner) {
  body_ += fmt::format("<g transform=\"translate({} {})\">\n{}</g>\n",
                       px(corner.x),
                       px(corner.y),
                       other.body_);
}

std::string Svg::inline_svg(std::string_view label) const {
  const std::string role =
      label.empty()
          ? "aria-hidden=\"true\""
          : fmt::format("role=\"img\" aria-label=\"{}\"", escape_xml(label));
  return fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" {2}>\n"
      "{3}</svg>",
      px(width_),
      px(height_),
      role,
      body_);
}

std::string Svg::file(std::string_view label) const {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" "
      "width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\" "
      "font-family=\"{3}\">\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n{4}</svg>\n",
      px(width_),
      px(height_),
      escape_xml(label),
      kFont,
      body_);
}

double text_width(std::string_view text, double size) {
  return 0.56 * size * static_cast<double>(display_width(visible_text(text)));
}

Ticks nice_ticks(double low, double high, int most) {
  if (!(high > low)) {
    const double widen = low == 0 ? 1 : std::fabs(low) * 0.1;
    low -= widen;
    high += widen;
  }
  double power = std::pow(10, std::floor(std::log10((high - low) / most)));
  Ticks ticks;
  for (;; power *= 10) {
    for (double factor : {1.0, 2.0, 5.0}) {
      const double step = factor * power;
      // The small shift keeps 0.3/0.1 = 2.9999999999999996 from losing a tick.
      const double first = std::ceil(low / step - 1e-9);
      const double last = std::floor(high / step + 1e-9);
      if (last - first + 1 > most) continue;
      for (double i = first; i <= last; ++i) ticks.values.push_back(i * step);
      const double digits = -std::floor(std::log10(step) + 1e-9);
      ticks.decimals = std::clamp(static_cast<int>(digits), 0, 6);
      return ticks;
    }
  }
}

double Scale::operator()(double value) const {
  return from_pixel + (value - low) / (high - low) * (to_pixel - from_pixel);
}

}  // namespace cdx
