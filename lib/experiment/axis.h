#pragma once

#include "experiment/config.h"
#include "experiment/map_reader.h"

#include <functional>
#include <string>
#include <vector>

namespace cdx {

// A number of a condition that the file may give as a list: one condition for
// each value.
struct Axis {
  std::string suffix;  // of the condition's name: "-g0.5" has "g"
  std::vector<double> values;
  std::function<void(Condition&, double)> set;
};

// One condition of the file, before its lists are expanded.
struct Entry {
  Condition condition;
  std::vector<Axis> axes;  // of the keys given as lists, in the order of names
};

// Reads a number into the entry's condition, or a list of them into an axis.
// `check` runs after each value was set; what it complains of gets the key's
// position. `whole`: only whole numbers.
struct AxisKey {
  std::string key, suffix;
  std::function<void(Condition&, double)> set;
  std::function<void(const Condition&)> check;
  bool whole = false;
};
void read_axis(MapReader& reader, const AxisKey& key, Entry& entry);

// Every combination of the axes' values, named "NAME-g0.5-p0.95".
std::vector<Condition> expand(const Entry& entry);

}  // namespace cdx
