/*
 * Who asks, what they may do, and the accounts and tokens of a tenant.
 *
 * A service has a caller. At the command line (SERVICE_CLI) and in jobs (SERVICE_JOB) it may do everything: who may open the
 * database file is its operator. In a web worker it is nobody until one of the service_enter functions says otherwise, and every function that acts
 * asks service_need() first, so that neither a page nor the API can forget it. What is acted is recorded under the caller's name.
 */
#ifndef TIDELINE_SERVICE_SERVICE_ACCOUNT_H
#define TIDELINE_SERVICE_SERVICE_ACCOUNT_H

#include "core/service/service.h"

enum service_role { SERVICE_NOBODY, SERVICE_VIEWER, SERVICE_EDITOR, SERVICE_ADMIN };

struct service_caller {
    const char *name; /* NULL: nobody */
    enum service_role role;
    bool may_write;            /* a token of scope read may not, whatever the role */
    const char *session_hash;  /* NULL: not by session */
    const char *session_value; /* secret: what the cookie holds; NULL: not by session */
};

const struct service_caller *service_caller(const struct service *s);

/* Forget the caller (a web worker does so before each request; service_set_arena does too). */
void service_leave(struct service *s);

/* The caller is whose session this cookie's value is; nobody when it is none's or over (ERR_OK all the same). */
enum err_code service_enter_session(struct service *s, const char *cookie, struct err *e);

/* The caller is whose token this is. ERR_UNAUTHENTICATED. */
enum err_code service_enter_token(struct service *s, const char *token, struct err *e);

/* ERR_UNAUTHENTICATED when nobody is signed in, ERR_FORBIDDEN when the caller's role is less, or (roles from editor on) it may not
 * write. Reading is allowed to everyone where TIMELINE_PUBLIC says so. */
enum err_code service_need(const struct service *s, enum service_role role, struct err *e);
bool service_may(const struct service *s, enum service_role role);
/* For what is somebody's own, and for acting that a viewer may do: somebody is signed in, and not by a token of scope read. */
enum err_code service_need_account(const struct service *s, struct err *e);

/* Sign in; the new caller is entered. *cookie is the value for the cookie. ERR_UNAUTHENTICATED, ERR_TOO_MANY (retry_after_s). */
struct service_login {
    const char *name, *password;
    const char *address; /* of the visitor */
};
enum err_code service_login(struct service *s, const struct service_login *login, const char **cookie,
                            struct err *e);
enum err_code service_logout(struct service *s, struct err *e);

/* For forms of the caller's session; see auth.h. NULL / false without a session. */
char *service_csrf_token(struct service *s);
bool service_csrf_valid(struct service *s, const char *token);
/* Text that the session's browser keeps for us (NULL without a session); service_unseal gives NULL when it was not sealed by this session. No ';' or space comes out. */
char *service_seal(struct service *s, const char *text);
char *service_unseal(struct service *s, const char *sealed);

/* Is there any account yet? (A page says how to make the first one.) */
enum err_code service_has_accounts(struct service *s, bool *any, struct err *e);

/*
 * Accounts [admin], but one's own password. Views: {account: {name, role, created_at, created_by, password_at, login_at, sessions, tokens}} and
 * {accounts: [the same]}; remove: {removed: NAME}. Field problems (service_problems) name `name`, `role`, `password`; a name that is taken (ERR_EXISTS)
 * and the last admin (ERR_FORBIDDEN) are noted there as well. A new password ends the account's sessions, but the caller's own one.
 */
enum err_code service_user_add(struct service *s, const char *name, const char *role, const char *password,
                               struct json_object **view, struct err *e);
/* Could this be added? For those who ask for the password last. */
enum err_code service_user_check(struct service *s, const char *name, const char *role, struct err *e);
enum err_code service_user_show(struct service *s, const char *name, struct json_object **view,
                                struct err *e);
enum err_code service_user_list(struct service *s, struct json_object **view, struct err *e);
enum err_code service_user_set_role(struct service *s, const char *name, const char *role,
                                    struct json_object **view, struct err *e);
enum err_code service_user_set_password(struct service *s, const char *name, const char *password,
                                        struct json_object **view, struct err *e);
enum err_code service_user_remove(struct service *s, const char *name, struct json_object **view,
                                  struct err *e);

/* The caller's own password [viewer]; problems name `current`, `password`. Ends the caller's other sessions. ERR_TOO_MANY. */
enum err_code service_own_password(struct service *s, const char *current, const char *password,
                                   const char *address, struct err *e);
/* End the caller's other sessions [viewer]. */
enum err_code service_own_sessions_end(struct service *s, struct err *e);

/*
 * Tokens. An admin makes, sees and revokes everybody's, others their own [viewer]; scope write needs an account that may write.
 * user NULL in the list: an admin's is of all. Who may not see a token gets ERR_NOT_FOUND. revoke: {success, token: {as in the list}}.
 * create: {success, token, id, name, account, scope, ends_at}; the token is never shown again. list: {tokens: [{id, hint, name, account, role, scope,
 * created_at, created_by, ends_at, used_at, over}]}. Problems name `user`, `scope`, `name`, `expires`.
 */
struct service_token_args {
    const char *user;  /* NULL: the caller */
    const char *scope; /* "read" (default), "write" */
    const char *name;  /* what it is for; NULL or "": "token" */
    int64_t days;      /* 1-3650; 0: never ends */
};
enum err_code service_token_create(struct service *s, const struct service_token_args *args,
                                   struct json_object **view, struct err *e);
enum err_code service_token_list(struct service *s, const char *user, struct json_object **view,
                                 struct err *e);
enum err_code service_token_revoke(struct service *s, int64_t id, struct json_object **view, struct err *e);

#endif
