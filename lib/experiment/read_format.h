#pragma once

#include "experiment/config.h"
#include "experiment/yaml.h"

#include <string>

namespace cdx {

// One entry of the section `formats`.
PromptFormat read_format(const YamlNode& node, const std::string& path);

}  // namespace cdx
