// Rules about settings that can never work, alone or with each other. Paths are absolute paths in
// the table.
#pragma once

#include <string>

#include "api/rule_kinds.h"

namespace vr::api {

// VMClass.
void MemoryIsEnough(RuleBuilder& rules);
void SecureBootHasUefi(RuleBuilder& rules);
void ReservationsFit(RuleBuilder& rules);

// Below a VM's spec: a hook does exactly one thing.
void HooksDoOneThing(RuleBuilder& rules, const std::string& spec);
// A list of network interfaces: addresses differ, and prefixes suit them.
void InterfacesDiffer(RuleBuilder& rules, const std::string& list);

// VMClone and VMMigration: what is made has not the name of its source.
void CloneHasAnotherName(RuleBuilder& rules);
void MigrationHasAnotherName(RuleBuilder& rules);

// VMImage (image_rules.cc).
void ChecksumsAreWellFormed(RuleBuilder& rules);

// VMSnapshot and VMNetworkAttachment.
void ScheduleSaysWhen(RuleBuilder& rules);
void AddressesHaveASource(RuleBuilder& rules);

// VMSet (set_rules.cc).
void SelectorMatchesTheTemplate(RuleBuilder& rules);
void RolloutCanMove(RuleBuilder& rules);

// Any kind: for a cluster, what Canonical says of two spellings of one field (alias_rules.cc).
void AliasesAgree(RuleBuilder& rules);

}  // namespace vr::api
