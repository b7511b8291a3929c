#include "api/kinds.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "api/tables.h"

namespace vr::api {
namespace {

void ForEach(const Field& field, const std::function<void(const Field&)>& visit) {
  if (!field.path.empty()) visit(field);
  for (const auto& property : field.properties) ForEach(*property, visit);
  if (field.items) ForEach(*field.items, visit);
  if (field.values) ForEach(*field.values, visit);
}

TEST(Kinds, EveryFieldHasADescriptionAndEveryAliasATarget) {
  for (const KindInfo& kind : AllKinds()) {
    std::vector<std::string> paths;
    ForEach(*kind.fields, [&](const Field& field) { paths.push_back(field.path); });
    ForEach(*kind.fields, [&](const Field& field) {
      EXPECT_FALSE(field.description.empty()) << kind.type.kind << " " << field.path;
      if (field.alias_of.empty()) return;
      EXPECT_TRUE(std::find(paths.begin(), paths.end(), field.alias_of) != paths.end())
          << field.path << " -> " << field.alias_of;
      EXPECT_FALSE(field.required) << field.path;
    });
  }
}

TEST(Kinds, AreFoundByName) {
  ASSERT_NE(FindKind("VirtualMachine"), nullptr);
  EXPECT_EQ(FindKind("VirtualMachine")->type.plural, "virtualmachines");
  EXPECT_EQ(FindKind("Pod"), nullptr);
}

TEST(Schema, CarriesTypesLimitsAndDefaults) {
  const nlohmann::json schema = OpenApiSchema(*FindKind("VMClass"));
  const auto& spec = schema["properties"]["spec"]["properties"];
  EXPECT_EQ(spec["cpu"]["type"], "integer");
  EXPECT_EQ(spec["cpu"]["maximum"], 128);
  EXPECT_EQ(spec["firmware"]["default"], "BIOS");
  EXPECT_EQ(spec["memory"]["x-kubernetes-int-or-string"], true);
  EXPECT_EQ(spec["extraConfig"]["additionalProperties"]["type"], "string");
}

TEST(Crd, IsNamedAndHasStatusAndColumns) {
  const nlohmann::json crd = CustomResourceDefinition(*FindKind("VirtualMachine"));
  EXPECT_EQ(crd["metadata"]["name"], "virtualmachines.infra.virtrigaud.io");
  const auto& version = crd["spec"]["versions"][0];
  EXPECT_TRUE(version["subresources"].contains("status"));
  EXPECT_EQ(version["additionalPrinterColumns"][0]["name"], "Phase");
}

TEST(FieldTable, NamesTheLineOfAMistake) {
  EXPECT_NE(ParseFieldTable("spec\tobject\t\t\tSpec\nspec.a\todd\t\t\tA\n")
                .error()
                .message.find("line 2: unknown type"),
            std::string::npos);
  EXPECT_FALSE(ParseFieldTable("spec.a\tstring\t\t\tA\n").ok()) << "its parent is missing";
  EXPECT_FALSE(ParseFieldTable("spec\tobject\t\tminimum=x\tA\n").ok());
  EXPECT_FALSE(ParseFieldTable("spec\tobject\t\t\t\n").ok()) << "no description";
  EXPECT_FALSE(ParseFieldTable("a\tstring\t\tpattern=\"(\"\tA\n").ok()) << "no such pattern";
  EXPECT_FALSE(ParseFieldTable("a\tobject\t\tlike=\"None\"\tA\n").ok()) << "no such table";
}

TEST(FieldTable, TakesMembersFromOtherTablesAndRows) {
  const auto table = ParseFieldTable(
      "spec\tobject\t\t\tSpec\n"
      "spec.old\tobject\t\talias=\"spec.ref\" like=\":spec.ref\"\tAlias\n"
      "spec.ref\tobject\t\tlike=\"Ref\"\tReference\n",
      [](std::string_view name) -> std::string_view {
        return name == "Ref" ? "name\tstring\trequired\tdefault=\"x\"\tName\n"
                               "id\tstring\t\talias=\"name\"\tAlias of name\n"
                             : "";
      });
  ASSERT_TRUE(table.ok()) << table.error().message;
  const Field* name = (*table)->Find("spec.ref.name");
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(name->path, "spec.ref.name");
  EXPECT_TRUE(name->required);
  EXPECT_EQ((*table)->Find("spec.ref.id")->alias_of, "spec.ref.name");
  const Field* old = (*table)->Find("spec.old.name");
  ASSERT_NE(old, nullptr);
  EXPECT_FALSE(old->required) << "below an alias nothing is required";
  EXPECT_EQ(old->default_value, nullptr) << "and nothing has a default";
}

}  // namespace
}  // namespace vr::api
