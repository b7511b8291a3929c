#include "cli/vrtg/command_line.h"

#include "cli/vrtg/commands.h"
#include "cli/vrtg/completion.h"

namespace vr::cli {
namespace {

constexpr const char* kFooter =
    "Global flags (-n, -o, --kubeconfig, --timeout, ...): see 'vrtg --help'.";

// A command with its examples. One subcommand at most, so that a machine may be called "status".
CLI::App* Add(CLI::App& parent, const char* name, const char* description,
              const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Examples:\n" + examples + "\n\n" + kFooter);
  return command;
}

template <class Options, class Run>
void OnRun(CommandLine& line, CLI::App* command, std::shared_ptr<Options> options, Run run) {
  command->callback([&line, options, run] {
    line.action = [&line, options, run] { return run(line.env, *options); };
  });
}

void AddFiles(CLI::App* command, ManifestOptions& options) {
  command
      ->add_option("-f,--filename", options.files,
                   "File, folder, or - for standard input; may be repeated")
      ->required()
      ->allow_extra_args(false);
  command->add_flag("-R,--recursive", options.recursive, "Folders within folders, too");
}

void AddWait(CLI::App* command, bool& wait, const char* description) {
  command->add_flag("--wait,!--no-wait", wait, description);
}

void AddVmList(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmListOptions>();
  CLI::App* list = Add(
      vm, "list", "List virtual machines",
      "  vrtg vm list\n  vrtg vm list -A -o wide\n  vrtg vm list -l app=web --sort-by powerState\n"
      "  vrtg vm list --field-selector spec.powerState=On\n"
      "  vrtg vm list -o jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}'");
  list->add_flag("-A,--all-namespaces", options->all_namespaces, "In all namespaces");
  list->add_option("-l,--selector,--label-selector", options->label_selector,
                   "For example app=web,env=prod");
  list->add_option("--field-selector", options->field_selector, "For example spec.powerState=On");
  list->add_option("--sort-by", options->sort_by,
                   "name, namespace, powerState, provider, phase, class, image, age or a JSONPath");
  list->add_flag("-w,--watch", options->watch, "Go on with changes");
  OnRun(line, list, options, VmList);

  auto watch_options = std::make_shared<VmListOptions>();
  watch_options->watch = true;
  CLI::App* watch = Add(vm, "watch", "Watch virtual machines change",
                        "  vrtg vm watch\n  vrtg vm watch web --timeout 5m");
  watch->add_option("name", watch_options->name, "Only this one");
  watch->add_flag("-A,--all-namespaces", watch_options->all_namespaces, "In all namespaces");
  watch->add_option("-l,--selector,--label-selector", watch_options->label_selector,
                    "For example app=web,env=prod");
  watch->add_option("--field-selector", watch_options->field_selector,
                    "For example spec.powerState=On");
  OnRun(line, watch, watch_options, VmList);
}

void AddVmReaders(CommandLine& line, CLI::App& vm) {
  using Names = std::vector<std::string>;
  auto names = std::make_shared<Names>();
  CLI::App* get = Add(vm, "get", "Show virtual machines by name",
                      "  vrtg vm get web\n  vrtg vm get web -o yaml");
  get->add_option("name", *names, "Names")->required();
  OnRun(line, get, names, VmGet);

  auto described = std::make_shared<std::string>();
  CLI::App* describe =
      Add(vm, "describe", "Show one virtual machine with its conditions and events",
          "  vrtg vm describe web\n  vrtg vm describe web -o yaml");
  describe->add_option("name", *described, "Name")->required();
  OnRun(line, describe, described, VmDescribe);

  struct EventOptions {
    std::string name;
    bool watch = false;
  };
  auto events_of = std::make_shared<EventOptions>();
  CLI::App* events = Add(vm, "events", "Show what happened to a virtual machine",
                         "  vrtg vm events web\n  vrtg vm events web --watch");
  events->add_option("name", events_of->name, "Name")->required();
  events->add_flag("-w,--watch", events_of->watch, "Go on with new events");
  OnRun(line, events, events_of,
        [](Env& env, const EventOptions& o) { return VmEvents(env, o.name, o.watch); });

  auto console_of = std::make_shared<std::string>();
  CLI::App* console = Add(vm, "console-url", "Print the URL of a virtual machine's console",
                          "  vrtg vm console-url web");
  console->add_option("name", *console_of, "Name")->required();
  OnRun(line, console, console_of, VmConsoleUrl);
}

void AddVmCreate(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmCreateOptions>();
  CLI::App* create = Add(
      vm, "create", "Create a virtual machine",
      "  vrtg vm create web --provider lab --class small --image tiny --network default --wait\n"
      "  vrtg vm create db --class large --image debian --disk data=50 --user-data "
      "cloud-init.yaml");
  create->add_option("name", options->name, "Name")->required();
  create->add_option("--provider", options->provider,
                     "Provider (default: providers.preferred of the configuration file)");
  create->add_option("--class", options->vm_class, "VMClass")->required();
  create->add_option("--image", options->image, "VMImage");
  create->add_option("--network", options->networks, "VMNetworkAttachment; may be repeated")
      ->allow_extra_args(false);
  create->add_option("--disk", options->disks, "Another disk, as name=GiB; may be repeated")
      ->allow_extra_args(false);
  create->add_option("-l,--label", options->labels, "Label, as name=value; may be repeated")
      ->allow_extra_args(false);
  create->add_option("--user-data", options->user_data_file,
                     "File with cloud-init user data, - for standard input");
  create->add_option("--power", options->power, "On or Off")->check(CLI::IsMember({"On", "Off"}));
  create->add_flag("--dry-run", options->dry_run,
                   "Only ask the API server whether it would accept it");
  AddWait(create, options->wait, "Wait until it is Ready");
  OnRun(line, create, options, VmCreate);
}

void AddVmWriters(CommandLine& line, CLI::App& vm) {
  auto options = std::make_shared<VmDeleteOptions>();
  CLI::App* remove = Add(vm, "delete", "Delete virtual machines, with their disks",
                         "  vrtg vm delete web\n  vrtg vm delete web db --no-wait");
  remove->add_option("name", options->names, "Names")->required();
  remove->add_flag("--ignore-not-found", options->ignore_not_found,
                   "One that is gone already is no error");
  AddWait(remove, options->wait, "Wait until they are gone (the default)");
  OnRun(line, remove, options, VmDelete);

  const auto add_power = [&](const char* name, const char* description, const char* examples,
                             PowerVerb verb) {
    auto power = std::make_shared<VmPowerOptions>();
    CLI::App* command = Add(vm, name, description, examples);
    command->add_option("name", power->names, "Names")->required();
    if (verb != PowerVerb::kStart)
      command->add_flag("--force", power->force, "Pull the plug instead of asking the guest");
    AddWait(command, power->wait, "Wait until it happened");
    OnRun(line, command, power,
          [verb](Env& env, const VmPowerOptions& o) { return VmPower(env, verb, o); });
  };
  add_power("start", "Power on", "  vrtg vm start web --wait", PowerVerb::kStart);
  add_power("stop", "Shut down", "  vrtg vm stop web\n  vrtg vm stop web --force",
            PowerVerb::kStop);
  add_power("restart", "Shut down, wait until it is off, and power on",
            "  vrtg vm restart web --wait", PowerVerb::kRestart);
}

void AddDataDir(CLI::App* command, std::string& data_dir) {
  command->add_option("--data-dir", data_dir,
                      "Where the state lives (default: $VRTG_DATA_DIR, ~/.local/share/virtrigaud)");
}

}  // namespace

CommandLine::CommandLine(Env& environment)
    : env(environment), app("Virtual machines, declared.", environment.name) {
  app.set_help_flag("-h,--help", "Print this help and exit");
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

void AddVmCommands(CommandLine& line) {
  CLI::App* vm = Add(line.app, "vm", "Virtual machines", "  vrtg vm list\n  vrtg vm describe web");
  vm->require_subcommand(1);
  AddVmList(line, *vm);
  AddVmReaders(line, *vm);
  AddVmCreate(line, *vm);
  AddVmWriters(line, *vm);
}

void AddManifestCommands(CommandLine& line) {
  auto apply_options = std::make_shared<ApplyOptions>();
  CLI::App* apply = Add(line.app, "apply", "Create or change what manifests declare",
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
  CLI::App* remove =
      Add(line.app, "delete", "Delete what manifests declare, virtual machines first",
          "  vrtg delete -f examples/quickstart/\n  vrtg delete -f vm.yaml --ignore-not-found");
  AddFiles(remove, delete_options->manifests);
  remove->add_flag("--ignore-not-found", delete_options->ignore_not_found,
                   "What is gone already is no error");
  AddWait(remove, delete_options->wait, "Wait until they are gone (the default)");
  OnRun(line, remove, delete_options, DeleteManifests);
}

void AddLocalCommands(CommandLine& line) {
  auto up_options = std::make_shared<UpOptions>();
  CLI::App* up = Add(line.app, "up",
                     "Start the control plane and the manager on this machine; Ctrl-C stops them",
                     "  vrtg up\n  vrtg up --detach\n  vrtg up --data-dir ./state --port 6443");
  AddDataDir(up, up_options->data_dir);
  up->add_option("--port", up_options->port,
                 "Port of the API server (default: the one of last time)")
      ->check(CLI::Range(1, 65535));
  up->add_flag("-d,--detach", up_options->detach,
               "Return once everything is ready, and go on in the background");
  up->add_flag("!--no-manager", up_options->manager, "Only the API server");
  OnRun(line, up, up_options, Up);

  auto down_dir = std::make_shared<std::string>();
  CLI::App* down =
      Add(line.app, "down", "Stop what 'vrtg up' started; the state stays", "  vrtg down");
  AddDataDir(down, *down_dir);
  OnRun(line, down, down_dir, Down);

  auto status_dir = std::make_shared<std::string>();
  CLI::App* status =
      Add(line.app, "status", "Show what runs on this machine, and whether it is healthy",
          "  vrtg status\n  vrtg status -o json");
  AddDataDir(status, *status_dir);
  OnRun(line, status, status_dir, LocalStatus);

  auto backup_options = std::make_shared<BackupOptions>();
  CLI::App* backup = Add(line.app, "backup", "Write all objects of this machine into a file",
                         "  vrtg backup ~/virtrigaud-$(date +%F).db");
  backup->add_option("file", backup_options->file, "A file that does not exist")->required();
  AddDataDir(backup, backup_options->data_dir);
  OnRun(line, backup, backup_options, Backup);

  auto restore_options = std::make_shared<BackupOptions>();
  CLI::App* restore =
      Add(line.app, "restore", "Replace all objects of this machine by those of a backup",
          "  vrtg restore ~/virtrigaud-2026-01-31.db");
  restore->add_option("file", restore_options->file, "What 'vrtg backup' wrote")->required();
  AddDataDir(restore, restore_options->data_dir);
  OnRun(line, restore, restore_options, Restore);
}

void AddOtherCommands(CommandLine& line) {
  auto client_only = std::make_shared<bool>(false);
  CLI::App* version =
      Add(line.app, "version", "Print the versions of this tool and of the API server",
          "  vrtg version\n  vrtg version --client");
  version->add_flag("--client", *client_only, "This tool only");
  OnRun(line, version, client_only, Version);

  auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      Add(line.app, "completion", "Print a completion script for a shell",
          "  source <(vrtg completion bash)\n  vrtg completion zsh > \"${fpath[1]}/_vrtg\"\n"
          "  vrtg completion fish > ~/.config/fish/completions/vrtg.fish\n"
          "  vrtg completion powershell | Out-String | Invoke-Expression");
  completion->add_option("shell", *shell, "bash, zsh, fish or powershell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "powershell"}));
  OnRun(line, completion, shell, PrintCompletionScript);
}

}  // namespace vr::cli
