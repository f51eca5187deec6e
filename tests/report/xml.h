#pragma once

#include "util/unicode.h"

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// A small strict reader of XML, to test that what we write is well-formed: no
// comments, no CDATA, only the entities that cdx writes.
namespace cdx::test {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // directly inside, entities decoded
  double number(const std::string& attribute) const {
    return std::stod(attributes.at(attribute));
  }
};

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {}

  // All elements in document order; throws std::runtime_error where the text
  // is not well-formed.
  std::vector<XmlElement> read() {
    if (!is_utf8(text_)) fail("invalid UTF-8");
    if (starts("<!DOCTYPE html>\n")) position_ += 16;
    if (starts("<?xml")) position_ = text_.find("?>") + 2;
    while (position_ < text_.size()) {
      if (starts("</")) {
        close();
      } else if (starts("<")) {
        open();
      } else {
        characters();
      }
    }
    if (!stack_.empty()) fail("unclosed " + elements_[stack_.back()].name);
    return std::move(elements_);
  }

 private:
  bool starts(std::string_view token) const {
    return text_.substr(position_).starts_with(token);
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(
        what + " before: " + std::string(text_.substr(position_, 60)));
  }

  std::string name() {
    const size_t end = text_.find_first_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-",
        position_);
    if (end == position_ || end == std::string_view::npos) fail("no name");
    std::string found(text_.substr(position_, end - position_));
    position_ = end;
    return found;
  }

  char character() {
    const std::map<std::string, char> entities = {{"&amp;", '&'},
                                                  {"&lt;", '<'},
                                                  {"&gt;", '>'},
                                                  {"&quot;", '"'},
                                                  {"&#39;", '\''},
                                                  {"&#160;", ' '}};
    if (text_[position_] != '&') {
      const auto c = static_cast<unsigned char>(text_[position_]);
      if (c < 0x20 && c != '\n' && c != '\t') fail("a control character");
      return text_[position_++];
    }
    for (const auto& [entity, c] : entities) {
      if (!starts(entity)) continue;
      position_ += entity.size();
      return c;
    }
    fail("an unknown entity");
  }

  void characters() {
    const char c = character();
    if (!stack_.empty()) {
      elements_[stack_.back()].text += c;
    } else if (c != '\n') {
      fail("text outside the root");
    }
  }

  void open() {
    ++position_;
    XmlElement element;
    element.name = name();
    while (starts(" ")) {
      ++position_;
      const std::string attribute = name();
      if (!starts("=\"")) fail("an unquoted attribute");
      position_ += 2;
      std::string value;
      while (position_ < text_.size() && !starts("\"")) {
        if (starts("<")) fail("markup in an attribute");
        value += character();
      }
      ++position_;
      if (!element.attributes.emplace(attribute, value).second) {
        fail("a double attribute");
      }
    }
    const bool empty = starts("/>");
    if (!empty && !starts(">")) fail("an unfinished tag");
    position_ += empty ? 2 : 1;
    elements_.push_back(std::move(element));
    if (!empty) stack_.push_back(elements_.size() - 1);
  }

  void close() {
    position_ += 2;
    const std::string closed = name();
    if (stack_.empty() || elements_[stack_.back()].name != closed ||
        !starts(">")) {
      fail("a wrong closing tag");
    }
    ++position_;
    stack_.pop_back();
  }

  std::string_view text_;
  size_t position_ = 0;
  std::vector<XmlElement> elements_;
  std::vector<size_t> stack_;
};

inline std::vector<XmlElement> read_xml(std::string_view text) {
  return XmlReader(text).read();
}

// "" when it is, else what is wrong and where.
inline std::string not_well_formed(std::string_view text) {
  try {
    read_xml(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

inline std::vector<XmlElement> named(const std::vector<XmlElement>& elements,
                                     std::string_view name) {
  std::vector<XmlElement> found;
  for (const XmlElement& element : elements) {
    if (element.name == name) found.push_back(element);
  }
  return found;
}

// The elements of all text.
inline std::string all_text(const std::vector<XmlElement>& elements) {
  std::string out;
  for (const XmlElement& element : elements) out += element.text + "\n";
  return out;
}

}  // namespace cdx::test
