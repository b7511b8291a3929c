#include "cli/vrtg/command_line.h"

#include "base/version.h"
#include "cli/vrtg/command_words.h"
#include "cli/vrtg/commands.h"
#include "cli/vrtg/completion.h"

namespace vr::cli {
namespace {

constexpr const char* kFooter =
    "Global flags (-n, -o, --kubeconfig, --timeout, ...): see 'vrtg --help'.";

void AddFiles(CLI::App* command, ManifestOptions& options) {
  command
      ->add_option("-f,--filename", options.files,
                   "File, folder, or - for standard input; may be repeated")
      ->required()
      ->allow_extra_args(false);
  command->add_flag("-R,--recursive", options.recursive, "Folders within folders, too");
}

void AddDataDir(CLI::App* command, std::string& data_dir) {
  command->add_option("--data-dir", data_dir,
                      "Where the state lives (default: $VRTG_DATA_DIR, ~/.local/share/virtrigaud)");
}

// A version and a status are no objects.
Status CheckFormat(const Env& env) {
  if (env.settings.output.kind != OutputKind::kName) return {};
  return Error{ErrorKind::kInvalidSpec,
               "-o name: there are no objects here; use table, json, yaml or jsonpath=TEMPLATE",
               {}};
}

using Words = std::vector<std::string>;

// Where the words of `vrtg help vm list` lead.
const CLI::App* Topic(const CLI::App& app, const Words& words) {
  const CommandWords read = ReadWords(app, words);
  return read.arguments.empty() ? read.command : nullptr;
}

void AddHelp(CommandLine& line) {
  auto words = std::make_shared<Words>();
  CLI::App* help = AddCommand(line.app, "help", "Describe a command", "  vrtg help vm create");
  help->add_option("command", *words, "Its words");
  OnRun(
      line, help, words,
      [&line](const Env&, const Words& of) -> Status {
        if (Topic(line.app, of) != nullptr) return {};
        return CheckCommandWords(line.app, of, {});
      },
      [&line](Env& env, const Words& of) -> Status {
        const CLI::App* topic = Topic(line.app, of);
        if (topic == nullptr) topic = &line.app;
        std::string name;
        for (const CLI::App* at = topic; at != nullptr; at = at->get_parent())
          name = at->get_name() + (name.empty() ? "" : " ") + name;
        // App::help would describe the command that was parsed: this one.
        env.out << InOurName(
            env, topic->get_formatter()->make_help(topic, name, CLI::AppFormatMode::Normal));
        return {};
      });
}

}  // namespace

// One subcommand at most (CommandLine), so that a machine may be called "status".
CLI::App* AddCommand(CLI::App& parent, const char* name, const char* description,
                     const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Examples:\n" + examples + "\n\n" + kFooter);
  return command;
}

void AddWait(CLI::App* command, bool& wait, const char* description) {
  CLI::Option* yes = command->add_flag_callback(
      "--wait", [&wait] { wait = true; }, description);
  command
      ->add_flag_callback(
          "--no-wait", [&wait] { wait = false; }, "Do not wait")
      ->excludes(yes);
}

CommandLine::CommandLine(Env& environment)
    : env(environment), app("Virtual machines, declared.", environment.name) {
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", "vrtg " + std::string(ProjectVersion()),
                       "Print the version of this tool and exit");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer(
      "Examples:\n  vrtg up --detach                        start a control plane on this machine\n"
      "  vrtg apply -f examples/mock/ --wait     declare what is in a folder\n"
      "  vrtg vm list                            see it\n\nExit codes and configuration: "
      "docs/reference/cli.md");
}

void AddCommands(CommandLine& line) {
  AddVmCommands(line);
  AddManifestCommands(line);
  AddLocalCommands(line);
  AddOtherCommands(line);
}

void AddManifestCommands(CommandLine& line) {
  auto apply_options = std::make_shared<ApplyOptions>();
  CLI::App* apply =
      AddCommand(line.app, "apply", "Create or change what manifests declare",
                 "  vrtg apply -f vm.yaml\n  vrtg apply -f examples/quickstart/ --wait "
                 "--timeout 5m\n  cat vm.yaml | vrtg apply -f -");
  AddFiles(apply, apply_options->manifests);
  apply->add_flag("--dry-run", apply_options->dry_run,
                  "Only ask the API server whether it would accept them");
  apply->add_flag("--force-conflicts", apply_options->force_conflicts,
                  "Take over fields that another manager set");
  AddWait(apply, apply_options->wait, "Wait until the virtual machines among them are Ready");
  OnRun(line, apply, apply_options, Apply);

  auto delete_options = std::make_shared<DeleteManifestsOptions>();
  CLI::App* remove = AddCommand(
      line.app, "delete", "Delete what manifests declare, virtual machines first",
      "  vrtg delete -f examples/quickstart/\n  vrtg delete -f vm.yaml --ignore-not-found");
  AddFiles(remove, delete_options->manifests);
  remove->add_flag("--ignore-not-found", delete_options->ignore_not_found,
                   "What is gone already is no error");
  AddWait(remove, delete_options->wait, "Wait until they are gone (the default)");
  OnRun(line, remove, delete_options, DeleteManifests);
}

void AddLocalCommands(CommandLine& line) {
  auto up_options = std::make_shared<UpOptions>();
  CLI::App* up = AddCommand(
      line.app, "up", "Start the control plane and the manager on this machine; Ctrl-C stops them",
      "  vrtg up\n  vrtg up --detach\n  vrtg up --data-dir ./state --port 6443");
  AddDataDir(up, up_options->data_dir);
  up->add_option("--port", up_options->port,
                 "Port of the API server (default: the one of last time)")
      ->check(CLI::Range(1, 65535));
  up->add_flag("-d,--detach", up_options->detach,
               "Return once everything is ready, and go on in the background");
  up->add_flag_callback(
      "--no-manager", [up_options] { up_options->manager = false; }, "Only the API server");
  OnRun(line, up, up_options, Up);

  auto down_dir = std::make_shared<std::string>();
  CLI::App* down =
      AddCommand(line.app, "down", "Stop what 'vrtg up' started; the state stays", "  vrtg down");
  AddDataDir(down, *down_dir);
  OnRun(line, down, down_dir, Down);

  auto status_dir = std::make_shared<std::string>();
  CLI::App* status =
      AddCommand(line.app, "status", "Show what runs on this machine, and whether it is healthy",
                 "  vrtg status\n  vrtg status -o json");
  AddDataDir(status, *status_dir);
  OnRun(
      line, status, status_dir, [](const Env& env, const std::string&) { return CheckFormat(env); },
      LocalStatus);

  auto backup_options = std::make_shared<BackupOptions>();
  CLI::App* backup = AddCommand(line.app, "backup", "Write all objects of this machine into a file",
                                "  vrtg backup ~/virtrigaud-$(date +%F).db");
  backup->add_option("file", backup_options->file, "A file that does not exist")->required();
  AddDataDir(backup, backup_options->data_dir);
  OnRun(line, backup, backup_options, Backup);

  auto restore_options = std::make_shared<BackupOptions>();
  CLI::App* restore =
      AddCommand(line.app, "restore", "Replace all objects of this machine by those of a backup",
                 "  vrtg restore ~/virtrigaud-2026-01-31.db");
  restore->add_option("file", restore_options->file, "What 'vrtg backup' wrote")->required();
  AddDataDir(restore, restore_options->data_dir);
  OnRun(line, restore, restore_options, Restore);
}

void AddOtherCommands(CommandLine& line) {
  auto client_only = std::make_shared<bool>(false);
  CLI::App* version =
      AddCommand(line.app, "version", "Print the versions of this tool and of the API server",
                 "  vrtg version\n  vrtg version --client");
  version->add_flag("--client", *client_only, "This tool only");
  OnRun(
      line, version, client_only, [](const Env& env, bool) { return CheckFormat(env); }, Version);

  auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      AddCommand(line.app, "completion", "Print a completion script for a shell",
                 "  source <(vrtg completion bash)\n  vrtg completion zsh > \"${fpath[1]}/_vrtg\"\n"
                 "  vrtg completion fish > ~/.config/fish/completions/vrtg.fish\n"
                 "  vrtg completion powershell | Out-String | Invoke-Expression");
  completion->add_option("shell", *shell, "bash, zsh, fish or powershell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "powershell"}));
  OnRun(line, completion, shell, PrintCompletionScript);
  AddHelp(line);
}

}  // namespace vr::cli
