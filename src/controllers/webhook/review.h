// Answers to AdmissionReview and ConversionReview v1: text in, text out. Pure functions.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace vr::controllers {

// What the update of an object of ours will mean, for people. Must be prompt; may be empty.
using ChangeAdvisor = std::function<std::vector<std::string>(
    const std::string& kind, const nlohmann::json& before, const nlohmann::json& after)>;

struct ReviewAnswer {
  int status = 200;                 // 400: the text is no review
  std::string body;                 // the review as JSON, or a line for people
  std::string kind;                 // of ours, or "other"
  const char* outcome = "allowed";  // "allowed", "denied" or "malformed"
};

// Refuses, as a Status with causes, what api::Validate refuses. Allowed are: kinds that we do not
// know (with a warning), objects that are being deleted, and updates that leave the spec alone, so
// that labels and finalizers of an object that was stored without us can still change.
ReviewAnswer ValidateReview(std::string_view text, const ChangeAdvisor& advise);

// A patch with the schema's defaults and nothing else.
ReviewAnswer MutateReview(std::string_view text);

// The versions that we serve are one and the same: only apiVersion changes.
ReviewAnswer ConvertReview(std::string_view text);

}  // namespace vr::controllers
