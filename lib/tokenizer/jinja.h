#pragma once

#include "tokenizer/jinja_ast.h"
#include "util/json.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cdx::jinja {

// What a rendering gets besides the template.
struct Inputs {
  Json variables;  // an object
  // What strftime_now knows of today ("2024-07-26"); without it a template that
  // asks is refused.
  std::optional<std::string> date;
};

struct Rendering {
  std::string text;
  bool date_was_asked = false;
};

// A chat template: the part of Jinja 3.1 that chat templates use, as
// transformers 4.57 sets it up (trim_blocks, lstrip_blocks, loop controls, the
// generation block, raise_exception, strftime_now, its own tojson; nothing can
// be changed but namespaces). Templates come from outside: size, nesting, work
// and output are limited.
class Template {
 public:
  // `where` is what messages call the template. Throws UserError naming the
  // line of what is wrong or not supported.
  Template(std::string_view source, std::string where);

  // Throws UserError, naming the line: what the template raises, what Python
  // would not do, what goes beyond the limits.
  Rendering render(const Inputs& inputs) const;

 private:
  std::string where_;
  std::shared_ptr<const Block> body_;
};

}  // namespace cdx::jinja
