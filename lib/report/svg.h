#pragma once

#include <string>
#include <string_view>
#include <vector>

// Scalable vector graphics written by hand: shapes in pixels, y downwards, all
// appearance in attributes, so that a picture looks the same alone and in a
// page.
namespace cdx {

struct Point {
  double x = 0, y = 0;
};

struct Stroke {
  std::string colour = "#000000";
  double width = 1;
  std::string dashes = {};  // "4 3"; empty: solid
};

enum class Anchor { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 12;
  std::string colour = "#222222";
  Anchor anchor = Anchor::kStart;
  bool bold = false;
  bool upwards = false;  // turned to read from bottom to top
};

enum class Marker { kCircle, kSquare, kDiamond, kTriangle, kCross };

// A picture in the making. Text is escaped here and nowhere else.
class Svg {
 public:
  Svg(double width, double height) : width_(width), height_(height) {}

  void line(Point from, Point to, const Stroke& stroke);
  void path(const std::vector<Point>& points, const Stroke& stroke);
  void area(const std::vector<Point>& points,
            const std::string& colour,
            double opacity);
  void rectangle(Point corner,
                 Point opposite,
                 const std::string& colour,
                 double opacity);
  void marker(Marker shape,
              Point centre,
              double radius,
              const std::string& colour);
  void text(Point at, std::string_view text, const TextStyle& style);
  // Shapes between begin and end share a tooltip.
  void begin_group(std::string_view tooltip);
  void end_group();
  // Another picture with its upper left corner at `corner`.
  void place(const Svg& other, Point corner);

  double width() const { return width_; }
  double height() const { return height_; }
  // <svg> to put into an HTML page; `label` is read by screen readers, which
  // pass over a picture with an empty one.
  std::string inline_svg(std::string_view label) const;
  // A file: XML declaration, name space, white ground.
  std::string file(std::string_view label) const;

 private:
  double width_, height_;
  std::string body_;
};

// Rough width in pixels of a text in a proportional sans-serif face.
double text_width(std::string_view text, double size);

// Round positions within low … high, 1, 2 or 5 times a power of ten apart and
// as close as `most` (at least 2) of them allow. A range without extent is
// widened first.
struct Ticks {
  std::vector<double> values;
  int decimals = 0;  // to print them with
};
Ticks nice_ticks(double low, double high, int most);

// Values to pixels along one axis.
struct Scale {
  double low = 0, high = 1;  // values at the ends
  double from_pixel = 0, to_pixel = 1;
  double operator()(double value) const;
};

}  // namespace cdx
