# Completion of tideline for bash. Options come from the program's own --help, so that they cannot differ from it.
_tideline()
{
    local current previous word command='' i
    current=${COMP_WORDS[COMP_CWORD]}
    previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands='git-pull git-status git-config create-pr pr event conflict sync user token backup check nginx-config'

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        --tenant | --tenants) ((i++)) ;;
        -*) ;;
        pr | event | conflict | sync | user | token)
            if ((i + 1 < COMP_CWORD)); then
                command="$word ${COMP_WORDS[i + 1]}"
            else
                command="$word -"
            fi
            break
            ;;
        *)
            command=$word
            break
            ;;
        esac
    done

    case $previous in
    --tenants | --static) mapfile -t COMPREPLY < <(compgen -d -- "$current") && return ;;
    --certificate | --key | --socket) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --change) mapfile -t COMPREPLY < <(compgen -W 'added changed removed' -- "$current") && return ;;
    --status) mapfile -t COMPREPLY < <(compgen -W 'validated rejected pending' -- "$current") && return ;;
    --take) mapfile -t COMPREPLY < <(compgen -W 'ours theirs' -f -- "$current") && return ;;
    --role) mapfile -t COMPREPLY < <(compgen -W 'viewer editor admin' -- "$current") && return ;;
    --scope) mapfile -t COMPREPLY < <(compgen -W 'read write' -- "$current") && return ;;
    --state)
        local states='draft validated exported merged conflict rejected'
        [[ $command == pr* ]] && states='open merged closed failed'
        mapfile -t COMPREPLY < <(compgen -W "$states" -- "$current") && return
        ;;
    --tenant)
        local folder=${TIDELINE_TENANTS:-/etc/tideline/tenants} names
        names=$(cd "$folder" 2>/dev/null && printf '%s\n' *.env | sed 's/\.env$//')
        mapfile -t COMPREPLY < <(compgen -W "$names" -- "$current") && return
        ;;
    esac

    case $command in
    'pr -') mapfile -t COMPREPLY < <(compgen -W 'list show refresh retry --help' -- "$current") ;;
    'event -') mapfile -t COMPREPLY < <(compgen -W 'list show add check edit delete restore history queue validate reserve release --help' -- "$current") ;;
    'conflict -') mapfile -t COMPREPLY < <(compgen -W 'list show resolve undo --help' -- "$current") ;;
    'sync -') mapfile -t COMPREPLY < <(compgen -W 'log --help' -- "$current") ;;
    'user -') mapfile -t COMPREPLY < <(compgen -W 'add passwd role list remove --help' -- "$current") ;;
    'token -') mapfile -t COMPREPLY < <(compgen -W 'create list revoke --help' -- "$current") ;;
    '') mapfile -t COMPREPLY < <(compgen -W "$commands --tenant --tenants --json --text --help --version" -- "$current") ;;
    *)
        if [[ $current == -* ]]; then
            local options
            # shellcheck disable=SC2086 # one or two words
            options=$("${COMP_WORDS[0]}" $command --help 2>/dev/null | grep -o '^  --[a-z-]*')
            mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        elif [[ $command == 'user role' ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'viewer editor admin' -- "$current")
        elif [[ $command == 'event add' || $command == 'event check' || $command == 'event edit' || $command == backup ]]; then
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    esac
}
complete -F _tideline tideline
