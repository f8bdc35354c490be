# Is the pool answering? Asks for /healthz over the socket as nginx does. TIDELINE_SOCKET: where that is.
socket=${TIDELINE_SOCKET:-/run/tideline/tideline.sock}
answer=$(REQUEST_METHOD=GET REQUEST_URI=/healthz DOCUMENT_URI=/healthz SCRIPT_NAME= PATH_INFO=/healthz SERVER_PROTOCOL=HTTP/1.1 \
    cgi-fcgi -bind -connect "$socket" </dev/null) || exit 1
case $answer in
*"Status: 200"*) exit 0 ;;
*) exit 1 ;;
esac
